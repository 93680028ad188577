// The way back from what explain shows of BPF programs to their bytes. Written from <linux/filter.h> and the eBPF
// instruction set alone; knows nothing of src/.

const SIZE = 8;

const LOADS = { ld: 0x20, and: 0x54, ja: 0x05, ret: 0x06, jeq: 0x15, jgt: 0x25, jge: 0x35, jset: 0x45 } as const;

function match(pattern: RegExp, text: string): RegExpExecArray | undefined {
  return pattern.exec(text) ?? undefined;
}

/** struct sock_filter[], of lines as bpf_asm takes them, where l0 is the first. */
export function reassembleFilter(lines: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(lines.length * SIZE);
  const view = new DataView(bytes.buffer);
  lines.forEach((line, i) => {
    const word = line.split(' ', 1)[0] as keyof typeof LOADS;
    const code = LOADS[word] as number | undefined;
    const load = match(/^ld \[(\d+)\]$/, line);
    const jump = match(/^ja l(\d+)$/, line);
    const plain = match(/^(?:and|ret) #0x([0-9a-f]+)$/, line);
    const test = match(/^j(?:eq|gt|ge|set) #0x([0-9a-f]+), l(\d+), l(\d+)$/, line);
    if (code === undefined) throw new Error(`no instruction: ${line}`);
    view.setUint16(i * SIZE, code, true);
    if (load !== undefined) view.setUint32(i * SIZE + 4, Number(load[1]), true);
    else if (jump !== undefined) view.setUint32(i * SIZE + 4, Number(jump[1]) - i - 1, true);
    else if (plain !== undefined) view.setUint32(i * SIZE + 4, Number.parseInt(plain[1] ?? '', 16), true);
    else if (test !== undefined) {
      view.setUint8(i * SIZE + 2, Number(test[2]) - i - 1);
      view.setUint8(i * SIZE + 3, Number(test[3]) - i - 1);
      view.setUint32(i * SIZE + 4, Number.parseInt(test[1] ?? '', 16), true);
    } else throw new Error(`no instruction: ${line}`);
  });
  return bytes;
}

interface Encoded {
  readonly code: number;
  readonly to?: number;
  readonly from?: number;
  readonly offset?: number;
  readonly operand?: number;
}

function encodeLine(line: string): Encoded {
  const load = match(/^r(\d) = \*\(u32 \*\)\(r(\d) ([+-]\d+)\)$/, line);
  if (load !== undefined) return { code: 0x61, to: Number(load[1]), from: Number(load[2]), offset: Number(load[3]) };
  const copy = match(/^w(\d) = w(\d)$/, line);
  if (copy !== undefined) return { code: 0xbc, to: Number(copy[1]), from: Number(copy[2]) };
  const compute = match(/^w(\d) (=|&=|>>=) (-?\d+)$/, line);
  if (compute !== undefined) {
    const code = { '=': 0xb4, '&=': 0x54, '>>=': 0x74 }[compute[2] ?? ''] ?? 0;
    return { code, to: Number(compute[1]), operand: Number(compute[3]) };
  }
  const test = match(/^if w(\d) (!=|&) 0x([0-9a-f]+) goto pc([+-]\d+)$/, line);
  if (test !== undefined) {
    const operand = Number.parseInt(test[3] ?? '', 16);
    return { code: test[2] === '&' ? 0x46 : 0x56, to: Number(test[1]), operand, offset: Number(test[4]) };
  }
  const go = match(/^goto pc([+-]\d+)$/, line);
  if (go !== undefined) return { code: 0x05, offset: Number(go[1]) };
  if (line === 'exit') return { code: 0x95 };
  throw new Error(`no instruction: ${line}`);
}

/** struct bpf_insn[]. */
export function reassembleDeviceProgram(lines: readonly string[]): Uint8Array {
  const bytes = new Uint8Array(lines.length * SIZE);
  const view = new DataView(bytes.buffer);
  lines.forEach((line, i) => {
    const { code, to = 0, from = 0, offset = 0, operand = 0 } = encodeLine(line);
    view.setUint8(i * SIZE, code);
    view.setUint8(i * SIZE + 1, from << 4 | to);
    view.setInt16(i * SIZE + 2, offset, true);
    view.setInt32(i * SIZE + 4, operand | 0, true);
  });
  return bytes;
}
