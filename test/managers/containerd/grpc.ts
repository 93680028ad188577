// A gRPC client for one service of a .proto file beside this one: calls are promises, names and values plain.

import { join } from 'node:path';
import { type Client, credentials, loadPackageDefinition, Metadata, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

type Call = (request: unknown, metadata: Metadata, done: (error: ServiceError | null, answer: unknown) => void) => void;
type Service = (new (address: string, security: ReturnType<typeof credentials.createInsecure>) => Client)
  & { readonly service: object };

export interface GrpcClient {
  /** @throws Error with the server's message */
  readonly call: (method: string, request?: unknown) => Promise<unknown>;
  readonly close: () => void;
}

interface ServiceOptions {
  readonly proto: string;
  /** With its package. */
  readonly service: string;
  readonly socket: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

export function connect({ proto, service, socket, metadata = {} }: ServiceOptions): GrpcClient {
  const definition = loadSync(join(import.meta.dirname, proto), { longs: Number, enums: String, defaults: true });
  const root: unknown = loadPackageDefinition(definition);
  const found = service.split('.').reduce((at, name) => (at as Readonly<Record<string, unknown>>)[name], root);
  const client = new (found as Service)(`unix:${socket}`, credentials.createInsecure());
  const headers = new Metadata();
  for (const [name, value] of Object.entries(metadata)) headers.set(name, value);
  const methods = client as unknown as Readonly<Record<string, Call>>;
  return {
    call: (method, request = {}) => new Promise((done, failed) => {
      const call = methods[method];
      if (call === undefined) throw new Error(`"${proto}" has no ${method}`);
      call.call(client, request, headers, (error, answer) => {
        if (error === null) done(answer);
        else failed(new Error(error.details, { cause: error }));
      });
    }),
    close: () => client.close(),
  };
}
