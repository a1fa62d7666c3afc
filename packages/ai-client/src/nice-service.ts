import {
  create,
  type DescMessage,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';

/** What nice-grpc needs to know of one message type: plain objects in, protobuf-es messages out. */
interface NiceMessage<M extends DescMessage> {
  encode(message: MessageShape<M>): { finish(): Uint8Array };
  decode(bytes: Uint8Array): MessageShape<M>;
  fromPartial(init: MessageInitShape<M>): MessageShape<M>;
}

type IdempotencyLevel = 'IDEMPOTENT' | 'NO_SIDE_EFFECTS';

type NiceMethod<M> = M extends {
  input: infer I extends DescMessage;
  output: infer O extends DescMessage;
  methodKind: infer K;
}
  ? {
      name: string;
      requestType: NiceMessage<I>;
      requestStream: K extends 'client_streaming' | 'bidi_streaming' ? true : false;
      responseType: NiceMessage<O>;
      responseStream: K extends 'server_streaming' | 'bidi_streaming' ? true : false;
      options: { idempotencyLevel?: IdempotencyLevel };
    }
  : never;

/** A protobuf-es service in the shape of a nice-grpc service definition, typed method by method. */
export interface NiceService<S extends DescService> {
  name: string;
  fullName: string;
  methods: { [Name in keyof S['method']]: NiceMethod<S['method'][Name]> };
}

function niceMessage<M extends DescMessage>(schema: M): NiceMessage<M> {
  return {
    encode: (message) => ({ finish: () => toBinary(schema, message) }),
    decode: (bytes) => fromBinary(schema, bytes),
    fromPartial: (init) => create(schema, init),
  };
}

function idempotencyOf(level: MethodOptions_IdempotencyLevel): { idempotencyLevel?: IdempotencyLevel } {
  switch (level) {
    case MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS:
      return { idempotencyLevel: 'NO_SIDE_EFFECTS' };
    case MethodOptions_IdempotencyLevel.IDEMPOTENT:
      return { idempotencyLevel: 'IDEMPOTENT' };
    default:
      return {};
  }
}

/**
 * The bridge from generated protobuf-es code to nice-grpc: its result goes to `createClient`, `server.add` and
 * `ServiceImplementation`, all typed end to end.
 *
 * It has the shape of ts-proto's definitions and not nice-grpc's own, because nice-grpc takes methods that carry a
 * `path` for grpc-js definitions and drops their options, idempotency among them.
 */
export function niceService<S extends DescService>(service: S): NiceService<S> {
  const methods = Object.fromEntries(
    service.methods.map((method) => [
      method.localName,
      {
        name: method.name,
        requestType: niceMessage(method.input),
        requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
        responseType: niceMessage(method.output),
        responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
        options: idempotencyOf(method.idempotency),
      },
    ]),
  );
  // The descriptor's methods are known by name only at run time; this is where they meet their generated types.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return { name: service.name, fullName: service.typeName, methods: methods as NiceService<S>['methods'] };
}
