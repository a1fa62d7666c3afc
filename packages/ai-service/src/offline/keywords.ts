import type { Decomposition, Keyword } from './script.ts';

const anything = /(?:)/u;

/** "my" and the one or two words that name the thing, up to what is said of it. */
const myThing =
  /\bmy ((?:(?!(?:is|are|was|were|has|have|had|and|or|but|that|who|do|does|did|will|can|never|always|keeps?|says?|said|makes?|to|in|on|at|for|with|of)\b)[\p{L}'-]+ ?){1,2})/iu;

function keyword(rank: number, word: RegExp, ...decompositions: Decomposition[]): Keyword {
  return { rank, word, decompositions };
}

/** The script, after that of Joseph Weizenbaum, "ELIZA", Communications of the ACM 9 (1966). */
export const keywords: readonly Keyword[] = [
  keyword(20, /\b(?:kill myself|suicid\w*|end my life|hurt myself|want to die)\b/iu, {
    pattern: anything,
    replies: [
      'I am glad that you said so, and I am only a program: please talk now to someone who can be with you, a person you trust or the emergency line where you live. Is anybody near you?',
      'That is too heavy to carry alone. Please call the emergency number or a crisis line where you live. Who could you ring right now?',
    ],
  }),
  keyword(12, /\b(?:computers?|machines?|robots?|program|chat ?bot|ai|language model)\b/iu, {
    pattern: anything,
    replies: [
      'Do computers worry you?',
      'What do you think machines have to do with what is on your mind?',
      'Why do you mention machines?',
      'Would it be different if you were talking to a person?',
    ],
  }),
  keyword(
    11,
    /\b(?:who|what) are you\b|\byour name\b/iu,
    {
      pattern: /\byour name\b/iu,
      replies: ['I am Amanda. And what shall we talk about?', 'Amanda. Do names matter to you?'],
    },
    {
      pattern: anything,
      replies: [
        'I am Amanda, and for now I mostly listen. What made you ask?',
        'Somebody who asks more than she answers. Does that trouble you?',
      ],
    },
  ),
  keyword(10, /\bremember\b/iu, {
    pattern: /\bI remember (.+)/iu,
    replies: [
      'Do you often think of {1}?',
      'What else does thinking of {1} bring to mind?',
      'Why do you remember {1} just now?',
    ],
  }),
  keyword(
    10,
    /\b(?:dreamed|dreamt|dreams?)\b/iu,
    {
      pattern: /\bI (?:dreamed|dreamt) ((?:of|about) .+)/iu,
      replies: [
        'Do you often dream {1}?',
        'What does it mean to you to dream {1}?',
        'How did you feel when you woke?',
      ],
    },
    {
      pattern: anything,
      replies: ['What does that dream suggest to you?', 'Do you dream often?', 'Who appears in your dreams?'],
    },
  ),
  keyword(
    9,
    /\b(?:sad|unhappy|depressed|lonely|miserable|tired|exhausted|sick|afraid|scared|anxious|worried|angry|stressed)\b/iu,
    {
      pattern:
        /\b(?:I am|I'm|I feel|I've been|I have been)\b.*?\b(sad|unhappy|depressed|lonely|miserable|tired|exhausted|sick|afraid|scared|anxious|worried|angry|stressed)\b/iu,
      replies: [
        'I am sorry to hear that you are {1}. When did it begin?',
        'What do you think makes you {1}?',
        'How does being {1} show itself in your day?',
      ],
      memories: ['Earlier you said that you were {1}. How is that now?'],
    },
    {
      pattern: anything,
      replies: ['That sounds hard. Tell me more about it.', 'What would make it easier?'],
    },
  ),
  keyword(
    9,
    /\b(?:happy|glad|excited|proud|delighted|relieved)\b/iu,
    {
      pattern: /\b(?:I am|I'm|I feel)\b.*?\b(happy|glad|excited|proud|delighted|relieved)\b/iu,
      replies: [
        'How good that you are {1}! What brought it about?',
        'What makes you {1} just now?',
        'Who else knows that you are {1}?',
      ],
    },
    { pattern: anything, replies: ['That is good to hear. Tell me more.', 'What is the best part of it?'] },
  ),
  keyword(
    8,
    /\b(?:mother|mom|mum|father|dad|sister|brother|wife|husband|son|daughter|children|parents|family|girlfriend|boyfriend)\b/iu,
    {
      pattern:
        /\bmy (mother|mom|mum|father|dad|sister|brother|wife|husband|son|daughter|children|parents|family|girlfriend|boyfriend)\b(.*)/iu,
      replies: [
        'Tell me more about your {1}.',
        'What comes to mind when you think of your {1}?',
        'How do you get on with your {1}?',
        'Who else in your family is like your {1}?',
      ],
      memories: [
        'Earlier you spoke of your {1}. Does that have anything to do with this?',
        'Let us go back a little: you mentioned your {1}.',
      ],
    },
    { pattern: anything, replies: ['What does family mean to you?', 'Tell me more about your own family.'] },
  ),
  keyword(
    6,
    /\b(?:always|never|everyone|everybody|nobody|no one)\b/iu,
    {
      pattern: /\b(always|never)\b/iu,
      replies: ['Can you think of one particular time?', 'Really {1}?', 'When did it last happen?'],
    },
    {
      pattern: /\b(everyone|everybody|nobody|no one)\b/iu,
      replies: [
        'Really, {1}?',
        'Whom are you thinking of in particular?',
        'Surely not {1}. Can you think of somebody?',
      ],
    },
  ),
  keyword(5, /\b(?:work|job|boss|colleagues?|office|school|exam)\b/iu, {
    pattern: /\bmy (work|job|boss|colleagues?|office|school|exam)\b/iu,
    replies: [
      'What would you change about your {1} if you could?',
      'How long has your {1} been on your mind?',
      'And outside of your {1}, how are things?',
    ],
    memories: ['You mentioned your {1} before. Is it still on your mind?'],
  }),
  keyword(5, /\bI (?:want|need|wish|would like)\b|\bI'd like\b/iu, {
    pattern: /\bI(?: (?:want|need|wish|would like)|'d like)\b(?: for| that)? (.+)/iu,
    replies: [
      'What would it mean to you to have that?',
      'Suppose it came true tomorrow. What would be different?',
      'Why do you want that just now?',
    ],
  }),
  keyword(5, /\bI (?:can't|cannot|can not)\b/iu, {
    pattern: /\bI (?:can't|cannot|can not) (.+)/iu,
    replies: [
      "How do you know that you can't {1}?",
      'What would it take for you to {1}?',
      'Have you tried to {1}?',
      'Perhaps you could {1} after all.',
    ],
  }),
  keyword(
    5,
    /\bI (?:don't|do not)\b/iu,
    {
      pattern: /\bI (?:don't|do not) know\b/iu,
      replies: [
        'What would you say if you did know?',
        'Not knowing can be a beginning. What is your best guess?',
      ],
    },
    {
      pattern: /\bI (?:don't|do not) (.+)/iu,
      replies: ["Why don't you {1}?", 'Do you wish to {1}?', "Does it trouble you that you don't {1}?"],
    },
  ),
  keyword(4, /\bI (?:think|believe|feel|guess|suppose)\b/iu, {
    pattern: /\bI (?:think|believe|feel|guess|suppose)(?: that)? (.+)/iu,
    replies: [
      'What makes you think so?',
      'Are you quite sure that {1}?',
      'And when did you begin to see it so?',
    ],
  }),
  keyword(4, /\b(?:because)\b/iu, {
    pattern: anything,
    replies: [
      'Is that the real reason?',
      'What other reasons might there be?',
      'Does that reason explain anything else?',
    ],
  }),
  keyword(
    4,
    /\b(?:are|aren't) you\b|\byou(?: are|'re)\b/iu,
    {
      pattern: /^\W*(?:are|aren't) you (.+)/iu,
      replies: [
        'Why does it matter to you whether I am {1}?',
        'Would you like it better if I were not {1}?',
        'Perhaps I am {1} in your imagination.',
      ],
    },
    {
      pattern: /\byou(?: are|'re) (.+)/iu,
      replies: [
        'What makes you think that I am {1}?',
        'Does it please you to believe that I am {1}?',
        'Perhaps you would like to be {1} yourself.',
      ],
    },
  ),
  keyword(4, /\b(?:can|could|will|would) you\b/iu, {
    pattern: /\b(?:can|could|will|would) you (.+)/iu,
    replies: [
      "Perhaps I can't, but tell me why you ask me to {1}.",
      'What would change for you if I could {1}?',
      'Do you believe that I should be able to {1}?',
    ],
  }),
  keyword(
    3,
    /\bI(?: am|'m| was)\b/iu,
    {
      pattern: /\bI(?: am|'m) (.+)/iu,
      replies: [
        'How long have you been {1}?',
        'Do you like being {1}?',
        'What does it mean to you to be {1}?',
      ],
    },
    {
      pattern: /\bI was (.+)/iu,
      replies: [
        'Were you really {1}?',
        'What was it like to be {1}?',
        'Why do you tell me now that you were {1}?',
      ],
    },
  ),
  keyword(3, /\byou\b.*\bme\b/iu, {
    pattern: /\byou (.+?) me\b/iu,
    replies: ['Why do you think that I {1} you?', 'Does anybody else {1} you?', 'What if I did {1} you?'],
  }),
  keyword(3, /\b(?:sorry|apologi[sz]e)\b/iu, {
    pattern: anything,
    replies: [
      'There is no need to apologise.',
      'Apologies are not needed here. Please go on.',
      'What feelings come with apologising?',
    ],
  }),
  keyword(3, /\bthank(?:s| you)\b/iu, {
    pattern: anything,
    replies: ['You are welcome. Is there more?', 'With pleasure. What else is on your mind?'],
  }),
  keyword(2, /\b(?:hello|hi|hey|good (?:morning|afternoon|evening))\b/iu, {
    pattern: anything,
    replies: ['Hello{name}. What is on your mind today?', 'Hello again. What would you like to talk about?'],
  }),
  keyword(2, /\b(?:bye|goodbye|good night|see you)\b/iu, {
    pattern: anything,
    replies: ['Goodbye{name}. It was good to talk with you.', 'Until next time. Take care.'],
  }),
  keyword(2, /\bmy\b/iu, {
    pattern: myThing,
    replies: [
      'Tell me more about your {1}.',
      'Why do you say "your {1}"?',
      'Does it matter to you that it is yours?',
    ],
    memories: [
      'Does this have anything to do with your {1}?',
      'Earlier you spoke of your {1}. Go on with that.',
    ],
  }),
  keyword(1, /\b(?:what|why|how|when|where|who|which)\b/iu, {
    pattern: /^\W*(?:what|why|how|when|where|who|which)\b/iu,
    replies: [
      'Why do you ask?',
      'What answer would please you most?',
      'What do you think?',
      'Have you asked anybody else?',
    ],
  }),
  keyword(1, /\b(?:yes|yeah|yep|certainly|of course)\b/iu, {
    pattern: anything,
    replies: [
      'You seem quite sure. Can you say more?',
      'I see. And what follows from that?',
      'I understand. Go on.',
    ],
  }),
  keyword(1, /\b(?:no|nope)\b/iu, {
    pattern: anything,
    replies: [
      'Why not?',
      'Are you saying no just to be brief?',
      'What would have to change for you to say yes?',
    ],
  }),
  keyword(1, /\b(?:maybe|perhaps|probably)\b/iu, {
    pattern: anything,
    replies: ['You do not sound quite certain.', 'What would make you more sure?', 'Why the doubt?'],
  }),
];
