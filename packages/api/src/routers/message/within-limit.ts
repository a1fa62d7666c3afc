import { bounds, countCodePoints } from '../../contract/scalars.ts';
import { AmandaError } from '../../core.ts';

/**
 * Holds a text to the configured length, which a fixed schema cannot know.
 * @throws INVALID_INPUT for `text`, `long`
 */
export function withinLimit<Input extends { text: string }>(
  ctx: { messageLimit?: number | undefined },
  input: Input,
): Input {
  const most = ctx.messageLimit ?? bounds.defaultMessage;
  if (input.text.length > most && countCodePoints(input.text) > most) {
    throw new AmandaError('INVALID_INPUT', { details: { field: 'text', reason: 'long' } });
  }
  return input;
}
