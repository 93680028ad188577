// The constants of an executable beside those that a plan has: each at the address that the code uses, and not a byte
// more. Knows nothing of code.

import type { Address } from '../../../src/plan/operation.ts';
import type { ElfFile } from './elf-file.ts';

const NOTHING = -1;

export class Data {
  readonly #file: ElfFile;
  readonly #memory: number;
  readonly #texts = new Map<string, number>();
  readonly #structures = new Map<object, number>();
  readonly #used: [from: number, to: number][] = [];

  /** @param memory how much of the writable memory the plan has */
  constructor(file: ElfFile, memory: number) {
    this.#file = file;
    this.#memory = memory;
  }

  /** Whether at a place is what the plan means. @throws Error when it is something else */
  check(place: number, address: Address): void {
    if ('text' in address) this.#checkText(place, address.text);
    else if ('memory' in address) this.#checkMemory(place, address.memory);
    else this.#checkStructure(place, address);
  }

  #checkMemory(place: number, offset: number): void {
    const isThere = place === this.#file.memory + offset && offset < this.#memory;
    if (!isThere) throw new Error(`${place} is not memory ${offset}`);
  }

  #checkText(place: number, text: string): void {
    if (this.#texts.get(text) === place) return;
    this.checkBytes(place, Buffer.from(`${text}\0`));
    this.#texts.set(text, place);
  }

  /** Exactly these bytes. */
  checkBytes(place: number, bytes: Uint8Array): void {
    const { constants, constantsBase, headersSize } = this.#file;
    const offset = place - constantsBase;
    const found = constants.subarray(offset, offset + bytes.length);
    if (offset < headersSize || Buffer.compare(found, bytes) !== 0) {
      throw new Error(`at ${place} is not ${JSON.stringify(Buffer.from(bytes).toString('latin1').slice(0, 200))}`);
    }
    this.#used.push([place, place + bytes.length]);
  }

  #checkStructure(place: number, address: Exclude<Address, { text: string } | { memory: number }>): void {
    const content = 'bytes' in address ? address.bytes : address.words;
    if (this.#structures.get(content) === place) return;
    if (place % 8 !== 0) throw new Error(`a structure at ${place}, which is not aligned`);
    this.#structures.set(content, place);
    if ('bytes' in address) this.checkBytes(place, address.bytes);
    else address.words.forEach((word, i) => this.#checkWord(place + 8 * i, word));
  }

  #checkWord(place: number, word: number | Address): void {
    const offset = place - this.#file.constantsBase;
    const { constants } = this.#file;
    if (offset < this.#file.headersSize || offset + 8 > constants.length) throw new Error(`${place} is no constant`);
    const found = new DataView(constants.buffer, constants.byteOffset).getBigInt64(offset, true);
    this.#used.push([place, place + 8]);
    if (typeof word !== 'number') this.check(Number(found), word);
    else if (found !== BigInt(word)) throw new Error(`the word at ${place} is ${found}, not ${word}`);
  }

  /** That there is nothing else: what nothing refers to is zero, and no more than alignment asks for. */
  checkRest(): void {
    const { constants, constantsBase, headersSize } = this.#file;
    const ranges = this.#used.filter(([from, to]) => to > from).sort(([one], [other]) => one - other);
    let end = constantsBase + headersSize;
    for (const [from, to] of ranges) {
      if (from - end >= 8) throw new Error(`${from - end} bytes at ${end} belong to nothing`);
      this.#checkZero(end, from);
      end = Math.max(end, to);
    }
    if (constantsBase + constants.length - end >= 4096 + 8) throw new Error(`bytes at ${end} belong to nothing`);
    this.#checkZero(end, constantsBase + constants.length);
  }

  #checkZero(from: number, to: number): void {
    const { constants, constantsBase } = this.#file;
    const stray = constants.subarray(Math.max(0, from - constantsBase), Math.max(0, to - constantsBase))
      .findIndex((byte) => byte !== 0);
    if (stray !== NOTHING) throw new Error(`a byte at ${from + stray} that nothing refers to`);
  }
}
