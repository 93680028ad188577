// The bill of materials of dist/nunc, as CycloneDX 1.6 has it (https://cyclonedx.org/docs/1.6/json/), and the licences
// that have to go with a copy of it. Pure: the same parts make the same text, without a clock.

import { createHash } from 'node:crypto';
import type { Component } from './components.ts';

/** A program that makes the executable and leaves nothing of itself in it. */
export interface Tool {
  readonly name: string;
  readonly version: string;
  readonly purl: string;
}

export interface Product {
  readonly version: string;
  readonly licence: string;
  /** Of the executable. */
  readonly sha256: string;
  /** Of the sources: the time of the commit, RFC 3339. */
  readonly time: string;
  readonly commit: string;
}

/** A UUID (RFC 9562, version 8) that is the executable's own. */
function serialNumber(sha256: string): string {
  const digest = createHash('sha256').update(`nunc ${sha256}`).digest('hex');
  const parts = [digest.slice(0, 8), digest.slice(8, 12), `8${digest.slice(13, 16)}`, `8${digest.slice(17, 20)}`];
  return `urn:uuid:${[...parts, digest.slice(20, 32)].join('-')}`;
}

function describeComponent({ files, hash, licence, supplier, ...rest }: Component) {
  const { name, version, purl } = rest;
  return {
    type: 'library',
    'bom-ref': purl,
    supplier: { name: supplier },
    name,
    version,
    scope: 'required',
    hashes: [hash],
    licenses: /^[\w.+-]+$/.test(licence) ? [{ license: { id: licence } }] : [{ expression: licence }],
    purl,
    components: files.map(({ path, sha256 }) => ({
      type: 'file', 'bom-ref': `${purl}#${path}`, name: path, hashes: [{ alg: 'SHA-256', content: sha256 }],
    })),
  };
}

/** JSON, for a file. */
export function writeSbom(product: Product, components: readonly Component[], tools: readonly Tool[]): string {
  const { version, licence, sha256, time, commit } = product;
  const purl = `pkg:generic/nunc@${version}`;
  return `${JSON.stringify({
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: serialNumber(sha256),
    version: 1,
    metadata: {
      timestamp: time,
      lifecycles: [{ phase: 'build' }],
      authors: [{ name: 'nunc, scripts/build.ts' }],
      component: {
        type: 'application',
        'bom-ref': purl,
        supplier: { name: 'nunc' },
        name: 'nunc',
        version,
        hashes: [{ alg: 'SHA-256', content: sha256 }],
        licenses: [{ license: { id: licence } }],
        purl,
        properties: [{ name: 'nunc:commit', value: commit }],
      },
    },
    components: [
      ...components.map(describeComponent),
      ...tools.map((tool) => ({ type: 'application', 'bom-ref': tool.purl, scope: 'excluded', ...tool })),
    ],
    dependencies: [
      { ref: purl, dependsOn: components.map((component) => component.purl) },
      ...components.map((component) => ({ ref: component.purl })),
    ],
  }, null, 2)}\n`;
}

/** The texts that licences want to go with every copy. */
export function writeNotices(components: readonly Component[]): string {
  const parts = components.map(({ name, version, licence, licenceText }) =>
    `${name} ${version} (${licence})\n${'='.repeat(`${name} ${version} (${licence})`.length)}\n\n${licenceText}\n`);
  return ['The executable nunc has parts of these in it, under the licences below.\n', ...parts].join('\n');
}
