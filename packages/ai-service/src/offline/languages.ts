// The responder follows English only. To others it says so in their own words, as far as it recognises them.

const byScript: readonly (readonly [RegExp, string])[] = [
  [
    /[\p{Script=Hiragana}\p{Script=Katakana}]/u,
    '申し訳ありませんが、今は英語しか理解できません。英語で続けていただけますか。',
  ],
  [/\p{Script=Hangul}/u, '죄송하지만 지금은 영어만 이해할 수 있어요. 영어로 이야기해 주시겠어요?'],
  [/\p{Script=Han}/u, '抱歉，我目前只能理解英语。您愿意用英语继续吗？'],
  [
    /\p{Script=Cyrillic}/u,
    'Простите, пока я понимаю только по-английски. Расскажете мне об этом по-английски?',
  ],
  [/\p{Script=Arabic}/u, 'عذرًا، لا أفهم الآن سوى الإنجليزية. هل تود أن تكمل بها؟'],
  [/\p{Script=Hebrew}/u, 'סליחה, כרגע אני מבינה רק אנגלית. אפשר להמשיך באנגלית?'],
  [/\p{Script=Greek}/u, 'Συγγνώμη, προς το παρόν καταλαβαίνω μόνο αγγλικά. Θα συνεχίσετε στα αγγλικά;'],
  [/\p{Script=Devanagari}/u, 'क्षमा कीजिए, अभी मैं केवल अंग्रेज़ी समझती हूँ। क्या आप अंग्रेज़ी में बात करेंगे?'],
];

const byWords: readonly (readonly [ReadonlySet<string>, string])[] = [
  [
    new Set(
      'hola gracias el los las que estoy soy tengo muy por pero porque como qué está es mi una buenos'.split(
        ' ',
      ),
    ),
    'Lo siento, por ahora solo entiendo inglés. ¿Me lo cuentas en inglés?',
  ],
  [
    new Set(
      "bonjour merci je suis le les est une des pas mon ma avec mais pourquoi très j'ai c'est vous".split(
        ' ',
      ),
    ),
    "Pardon, pour l'instant je ne comprends que l'anglais. Voulez-vous continuer en anglais ?",
  ],
  [
    new Set(
      'hallo danke ich bin der die das und nicht ist ein eine mein meine habe mit aber warum sehr du'.split(
        ' ',
      ),
    ),
    'Verzeihung, im Moment verstehe ich nur Englisch. Mögen Sie auf Englisch weitererzählen?',
  ],
  [
    new Set(
      'olá obrigado obrigada eu estou sou os não uma meu minha tenho muito você mas porque está'.split(' '),
    ),
    'Desculpe, por agora só entendo inglês. Quer continuar em inglês?',
  ],
  [
    new Set('ciao grazie io sono il gli che non è una mio mia ho molto ma perché con sto'.split(' ')),
    'Mi dispiace, per ora capisco solo l’inglese. Vuole continuare in inglese?',
  ],
];

const english = new Set(
  'the a an and is are am i you he she it we they my your not do have with what why how to of in that this was be for'.split(
    ' ',
  ),
);

const otherwise = 'I am sorry: for now I only follow English. Could you say it in English?';

/** What to answer to a message that is not in English; undefined when it is, or may be. */
export function answerInOtherLanguage(message: string): string | undefined {
  const letters = message.match(/\p{L}/gu) ?? [];
  if (letters.length === 0) return undefined;
  const latin = letters.filter((letter) => /\p{Script=Latin}/u.test(letter)).length;
  if (latin < letters.length / 2) return byScript.find(([script]) => script.test(message))?.[1] ?? otherwise;
  const words = message.toLowerCase().match(/[\p{L}'’]+/gu) ?? [];
  const hits = (vocabulary: ReadonlySet<string>) => words.filter((word) => vocabulary.has(word)).length;
  const englishHits = hits(english);
  let best: { hits: number; answer: string } = { hits: Math.max(1, englishHits), answer: '' };
  for (const [vocabulary, answer] of byWords) {
    if (hits(vocabulary) > best.hits) best = { hits: hits(vocabulary), answer };
  }
  return best.answer || undefined;
}
