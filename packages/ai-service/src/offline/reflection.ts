// Points a fragment of the user's speech back at them: "my mother hates me" → "your mother hates you".

const swaps: Readonly<Record<string, string>> = {
  i: 'you',
  me: 'you',
  my: 'your',
  mine: 'yours',
  myself: 'yourself',
  "i'm": "you're",
  "i'd": "you'd",
  "i'll": "you'll",
  "i've": "you've",
  your: 'my',
  yours: 'mine',
  yourself: 'myself',
  "you're": "I'm",
  "you'd": "I'd",
  "you'll": "I'll",
  "you've": "I've",
};

/** "you" after these is an object, "me"; elsewhere it is taken for a subject, "I". */
const beforeObject = new Set(
  'to for with at of about from on by than like without around behind against near toward towards'.split(' '),
);

const agreement: readonly (readonly [RegExp, string])[] = [
  [/\byou am\b/g, 'you are'],
  [/\bam you\b/g, 'are you'],
  [/\byou was\b/g, 'you were'],
  [/\bwas you\b/g, 'were you'],
  [/\bI are\b/g, 'I am'],
  [/\bare I\b/g, 'am I'],
  [/\bI were\b/g, 'I was'],
  [/\bwere I\b/g, 'was I'],
];

/** The fragment as seen from the other side of the conversation, without its closing punctuation. */
export function reflect(fragment: string): string {
  const words = fragment
    .trim()
    .replace(/[\s.,;:!?]+$/u, '')
    .split(/\s+/u);
  const swapped = words.map((word, index) => {
    const [, bare = word, punctuation = ''] = /^(.*?)([,;:]*)$/u.exec(word) ?? [];
    const lower = bare.toLowerCase();
    if (lower === 'you') {
      const previous = words[index - 1]?.toLowerCase() ?? '';
      const isObject = index > 0 && (index === words.length - 1 || punctuation || beforeObject.has(previous));
      return (isObject ? 'me' : 'I') + punctuation;
    }
    return (Object.hasOwn(swaps, lower) ? swaps[lower] : bare) + punctuation;
  });
  return agreement.reduce((text, [wrong, right]) => text.replace(wrong, right), swapped.join(' '));
}
