import { afterAll, beforeAll, describe } from 'vitest';
import { missing } from './chromium.ts';
import { raiseStage, type Stage } from './stage.ts';
import { accessSuite } from './suites/access.ts';
import { accountSuite } from './suites/account.ts';
import { attentionSuite } from './suites/attention.ts';
import { chatSuite } from './suites/chat.ts';
import { devicesSuite } from './suites/devices.ts';
import { endingsSuite } from './suites/endings.ts';
import { historySuite } from './suites/history.ts';
import { linkSuite } from './suites/link.ts';
import { messagesSuite } from './suites/messages.ts';
import { pinSuite } from './suites/pin.ts';
import { placesSuite } from './suites/places.ts';
import { renderingSuite } from './suites/rendering.ts';
import { scrollSuite } from './suites/scroll.ts';
import { shellSuite } from './suites/shell.ts';
import { weightSuite } from './suites/weight.ts';
import { writtenSuite } from './suites/written.ts';

if (missing !== null) process.stderr.write(`SKIPPED: the tests of the web app. ${missing}\n`);

// One browser and one server serve all suites: starting them is what costs.
describe.skipIf(missing !== null)('the web app in a real browser', () => {
  let raised: (Stage & AsyncDisposable) | undefined;
  const stage = (): Stage => {
    if (raised === undefined) throw new Error('the stage is not raised');
    return raised;
  };
  beforeAll(async () => {
    raised = await raiseStage();
  });
  afterAll(async () => {
    await raised?.[Symbol.asyncDispose]();
  });
  accountSuite(stage);
  shellSuite(stage);
  weightSuite(stage);
  chatSuite(stage);
  renderingSuite(stage);
  writtenSuite(stage);
  scrollSuite(stage);
  pinSuite(stage);
  endingsSuite(stage);
  placesSuite(stage);
  attentionSuite(stage);
  historySuite(stage);
  messagesSuite(stage);
  devicesSuite(stage);
  linkSuite(stage);
  accessSuite(stage);
});
