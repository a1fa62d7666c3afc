import path from 'node:path';

import Sqlite from 'better-sqlite3';

import type { Turn } from './talker.ts';

/** What the database holds of what clients were told, read by nothing of ours. */
export interface Audit {
  readonly questions: number;
  /** Acknowledged questions that are not there, or not with their text. */
  readonly lost: number;
  /** Questions that are there more than once, or answered more than once. */
  readonly doubled: number;
  /** Answers whose text is not what their viewer showed. */
  readonly different: number;
  /** Answers and runs that count as being written. */
  readonly streaming: number;
  /** Characters (UTF-16 units) shown, all of them stored. */
  readonly characters: number;
}

interface Row {
  readonly id: number;
  readonly content: string;
  readonly reply_to: number | null;
}

/** Compares turns with the database of a server that is closed. */
export function audit(dataDir: string, turns: readonly Turn[]): Audit {
  const file = new Sqlite(path.join(dataDir, 'amanda.db'), { readonly: true });
  try {
    const questions = file.prepare<[], Row>("SELECT * FROM messages WHERE role = 'user'").all();
    const answers = file.prepare<[], Row>("SELECT * FROM messages WHERE role <> 'user'").all();
    const streaming = file
      .prepare<[], { n: number }>(
        `SELECT (SELECT count(*) FROM messages WHERE status = 'streaming')
              + (SELECT count(*) FROM runs WHERE ended_at IS NULL) AS n`,
      )
      .get();
    const byText = Map.groupBy(questions, ({ content }) => content);
    const byQuestion = Map.groupBy(answers, (row) => row.reply_to ?? 0);
    const byId = new Map([...questions, ...answers].map((row) => [row.id, row]));
    return {
      questions: questions.length,
      lost: turns.filter(({ question, questionId }) => byId.get(questionId)?.content !== question).length,
      doubled:
        [...byText.values()].filter((rows) => rows.length > 1).length +
        [...byQuestion.values()].filter((rows) => rows.length > 1).length,
      different: turns.filter(({ messageId, screen }) => byId.get(messageId)?.content !== screen.text).length,
      streaming: streaming?.n ?? 0,
      characters: turns.reduce((sum, { screen }) => sum + screen.text.length, 0),
    };
  } finally {
    file.close();
  }
}

/** Whether the database of a server, which may be running, says that an answer is being written. */
export function isStreaming(dataDir: string, messageId: number): boolean {
  const file = new Sqlite(path.join(dataDir, 'amanda.db'), { readonly: true });
  try {
    const row = file
      .prepare<[number], { status: string }>('SELECT status FROM messages WHERE id = ?')
      .get(messageId);
    return row?.status === 'streaming';
  } finally {
    file.close();
  }
}
