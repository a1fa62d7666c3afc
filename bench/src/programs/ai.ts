import { type AiScript, scriptedAiBackend } from '@amanda/ai-client/scripted';
import { orderOf, stampedPiece } from '../pieces.ts';

const script: AiScript = async function* (request, { signal }) {
  const { pieces, size, rate } = orderOf(request.message);
  const start = performance.now();
  for (let i = 0; i < pieces; i += 1) {
    if (rate > 0) {
      const due = start + (i * 1000) / rate;
      while (performance.now() < due) {
        await new Promise((resolve) => {
          setTimeout(resolve, Math.max(1, due - performance.now()));
        });
      }
    }
    if (signal.aborted) return;
    yield stampedPiece(size);
  }
};

/** The AI backend of all benchmarks: real gRPC, text by order. Says its port and runs until it is killed. */
const backend = await scriptedAiBackend(script);
process.stdout.write(`port ${backend.port}\n`);
