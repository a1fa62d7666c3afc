import type { Core as WholeCore } from '@amanda/core';

/** What the procedures use of the domain. */
export interface Core {
  readonly accounts: WholeCore['accounts'];
  readonly chats: WholeCore['chats'];
  readonly feed: WholeCore['feed'];
  readonly limits: Pick<WholeCore['limits'], 'take'>;
  readonly messages: WholeCore['messages'];
  readonly refusals: Pick<WholeCore['refusals'], 'count'>;
  readonly runs: Pick<WholeCore['runs'], 'continue' | 'edit' | 'follow' | 'regenerate' | 'send' | 'stop'>;
  readonly sessions: Pick<WholeCore['sessions'], 'end' | 'list' | 'revoke'>;
  readonly system: Pick<WholeCore['system'], 'health' | 'info'>;
  readonly tokens: Pick<WholeCore['tokens'], 'create' | 'list' | 'revoke'>;
}
