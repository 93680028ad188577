// What CRIU is asked and what it answers: its RPC messages (criu.org/RPC; rpc.proto is in Debian's package criu). Only
// the fields that nunc uses. Knows nothing of how messages travel.

import { decodeFields, encodeFields, type Field, type ReceivedField, type WireValue } from './wire.ts';

const TYPES = { DUMP: 1, RESTORE: 2, PRE_DUMP: 4, NOTIFY: 6, FEATURE_CHECK: 9, VERSION: 10 } as const;
export type RequestType = keyof typeof TYPES;

export const CGROUPS_MODES = { ignore: 0, soft: 3, full: 4, strict: 5 } as const;
export const NETWORK_LOCKS = { iptables: 1, nftables: 2, skip: 3 } as const;

/** criu_opts. Descriptors are this process's, which CRIU opens through procfs, except for `inheritFd`. */
export interface CriuOptions {
  readonly imagesDirFd: number;
  readonly pid?: number;
  readonly leaveRunning?: boolean;
  readonly extUnixSk?: boolean;
  readonly tcpEstablished?: boolean;
  /** Takes a device that has the name and number of another one that is missing. */
  readonly evasiveDevices?: boolean;
  readonly shellJob?: boolean;
  readonly fileLocks?: boolean;
  readonly logLevel?: number;
  readonly logFile?: string;
  readonly pageServer?: { readonly address: string; readonly port: number };
  readonly notifyScripts?: boolean;
  readonly root?: string;
  readonly parentImg?: string;
  readonly trackMem?: boolean;
  readonly autoDedup?: boolean;
  readonly workDirFd?: number;
  readonly linkRemap?: boolean;
  readonly manageCgroups?: boolean;
  readonly cgroupRoots?: readonly { readonly controller: string; readonly path: string }[];
  /** Whether the restored process is to be a child of CRIU's parent. */
  readonly rstSibling?: boolean;
  /** What is to stand for the key: a descriptor of CRIU's own. */
  readonly inheritFd?: readonly { readonly key: string; readonly fd: number }[];
  readonly manageCgroupsMode?: number;
  /** What is not CRIU's to save and to make: `mnt[key]:value`, `net[inode]:key`, … */
  readonly external?: readonly string[];
  /** CLONE_NEW… of namespaces that are made, but not filled. */
  readonly emptyNs?: number;
  readonly joinNs?: readonly { readonly type: string; readonly path: string }[];
  readonly freezeCgroup?: string;
  readonly tcpSkipInFlight?: boolean;
  readonly lazyPages?: boolean;
  readonly orphanPtsMaster?: boolean;
  readonly configFile?: string;
  readonly tcpClose?: boolean;
  readonly lsmProfile?: string;
  readonly lsmMountContext?: string;
  readonly networkLock?: number;
}

const OPTION_NUMBERS: Readonly<Record<keyof CriuOptions, number>> = {
  imagesDirFd: 1, pid: 2, leaveRunning: 3, extUnixSk: 4, tcpEstablished: 5, evasiveDevices: 6, shellJob: 7,
  fileLocks: 8, logLevel: 9, logFile: 10, pageServer: 11, notifyScripts: 12, root: 13, parentImg: 14, trackMem: 15,
  autoDedup: 16, workDirFd: 17, linkRemap: 18, manageCgroups: 24, cgroupRoots: 25, rstSibling: 26, inheritFd: 27,
  manageCgroupsMode: 34, external: 37, emptyNs: 38, joinNs: 39, freezeCgroup: 44, tcpSkipInFlight: 46, lazyPages: 48,
  orphanPtsMaster: 50, configFile: 51, tcpClose: 52, lsmProfile: 53, lsmMountContext: 63, networkLock: 64,
};

/** Of the messages within criu_opts: no two of them call different fields the same. */
const INNER_NUMBERS: Readonly<Record<string, number>> = {
  // criu_page_server_info
  address: 1, port: 2,
  // cgroup_root; inherit_fd; join_namespace
  controller: 1, key: 1, fd: 2, type: 1, path: 2,
};

export interface CriuFeatures {
  readonly memTrack?: boolean;
  readonly lazyPages?: boolean;
}

export interface CriuRequest {
  readonly type: RequestType;
  readonly options?: CriuOptions;
  /** The answer to a notification. */
  readonly notifySuccess?: boolean;
  /** Whether another request follows. */
  readonly keepOpen?: boolean;
  /** Which ones are asked about. */
  readonly features?: CriuFeatures;
}

/** criu_req. */
export function encodeRequest(request: CriuRequest): Uint8Array {
  const { type, options, notifySuccess, keepOpen, features } = request;
  const fields: Field[] = [[1, TYPES[type]]];
  if (options !== undefined) fields.push([2, encodeOptions(options)]);
  if (notifySuccess !== undefined) fields.push([3, Number(notifySuccess)]);
  if (keepOpen !== undefined) fields.push([4, Number(keepOpen)]);
  if (features !== undefined) fields.push([5, encodeFeatures(features)]);
  return encodeFields(fields);
}

function encodeFeatures({ memTrack = false, lazyPages = false }: CriuFeatures): Field[] {
  return [[1, Number(memTrack)], [2, Number(lazyPages)]];
}

type OptionValue = CriuOptions[keyof CriuOptions];

function encodeOptions(options: CriuOptions): Field[] {
  const fields: Field[] = [];
  for (const [name, value] of Object.entries(options) as [keyof CriuOptions, OptionValue][]) {
    if (value === undefined) continue;
    const number = OPTION_NUMBERS[name];
    if (Array.isArray(value)) for (const item of value as Inner[]) fields.push([number, encodeInner(item)]);
    else fields.push([number, encodeInner(value as Inner)]);
  }
  return fields;
}

type Inner = number | boolean | string | Readonly<Record<string, string | number>>;

function encodeInner(value: Inner): WireValue {
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'object') return value;
  return Object.entries(value).map(([name, inner]) => [INNER_NUMBERS[name] ?? 0, inner] as const);
}

export interface CriuResponse {
  /** undefined for one that nunc never asks for. */
  readonly type: RequestType | undefined;
  readonly success: boolean;
  /** Of a restored container's first process, as its restorer sees it. */
  readonly restoredPid: number;
  /** Of a notification. */
  readonly script: string;
  readonly scriptPid: number;
  readonly errno: number;
  readonly message: string;
  readonly features: CriuFeatures;
  readonly version: { readonly major: number; readonly minor: number };
}

/** criu_resp. @throws RangeError for bytes that are no message */
export function decodeResponse(bytes: Uint8Array): CriuResponse {
  const fields = decodeFields(bytes);
  const [restored, notify, features, version] = [4, 5, 8, 10].map((number) => inner(fields, number));
  const type = integer(fields, 1);
  return {
    type: (Object.keys(TYPES) as RequestType[]).find((name) => TYPES[name] === type),
    success: integer(fields, 2) === 1,
    restoredPid: integer(restored, 1),
    script: text(notify, 1),
    scriptPid: integer(notify, 2),
    errno: integer(fields, 7),
    message: text(fields, 9),
    features: { memTrack: integer(features, 1) === 1, lazyPages: integer(features, 2) === 1 },
    version: { major: integer(version, 1), minor: integer(version, 2) },
  };
}

type Fields = readonly ReceivedField[] | undefined;

function valueOf(fields: Fields, number: number): ReceivedField['value'] | undefined {
  return fields?.find((field) => field.number === number)?.value;
}

function integer(fields: Fields, number: number): number {
  const value = valueOf(fields, number);
  return typeof value === 'number' ? value : 0;
}

function text(fields: Fields, number: number): string {
  const value = valueOf(fields, number);
  return value instanceof Uint8Array ? new TextDecoder().decode(value) : '';
}

function inner(fields: Fields, number: number): Fields {
  const value = valueOf(fields, number);
  return value instanceof Uint8Array ? decodeFields(value) : undefined;
}
