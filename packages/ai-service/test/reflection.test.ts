import { createChannel, createClient } from 'nice-grpc';
import { ServerReflectionService } from 'nice-grpc-server-reflection';
import { expect, test } from 'vitest';
import { createAiServer, offlineProvider } from '../src/index.ts';

test('reflection names the service, so that grpcurl needs no .proto', async () => {
  await using server = await createAiServer({ provider: offlineProvider() });
  const channel = createChannel(`${server.host}:${server.port}`);
  const client = createClient(ServerReflectionService, channel);
  // list_services, field 7, with an empty text.
  const listServices = Buffer.of((7 << 3) | 2, 0);
  async function* ask() {
    yield ServerReflectionService.serverReflectionInfo.requestDeserialize(listServices);
  }

  const names: string[] = [];
  for await (const response of client.serverReflectionInfo(ask())) {
    names.push(
      ...(response.getListServicesResponse()?.getServiceList() ?? []).map((service) => service.getName()),
    );
  }
  channel.close();

  expect(names).toContain('amanda.ai.AIService');
});
