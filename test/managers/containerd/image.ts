// An image archive as `ctr image import` takes it (the image-spec's layout in a tar), from the tar of a root file
// system.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeImageTar } from '../places.ts';
import { busyboxImage, pauseImage } from './configuration.ts';

const oci = 'application/vnd.oci.image';

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

function addBlob(layout: string, mediaType: string, content: Uint8Array): Descriptor {
  const hash = createHash('sha256').update(content).digest('hex');
  writeFileSync(join(layout, 'blobs/sha256', hash), content);
  return { mediaType, digest: `sha256:${hash}`, size: content.length };
}

function addJson(layout: string, mediaType: string, content: unknown): Descriptor {
  return addBlob(layout, mediaType, Buffer.from(JSON.stringify(content)));
}

/** An image of one layer. */
function addImage(layout: string, layer: Descriptor, command: readonly string[]): Descriptor {
  const config = addJson(layout, `${oci}.config.v1+json`, {
    architecture: 'amd64',
    os: 'linux',
    config: { Env: ['PATH=/bin:/sbin'], Cmd: command, WorkingDir: '/' },
    rootfs: { type: 'layers', diff_ids: [layer.digest] },
  });
  return addJson(layout, `${oci}.manifest.v1+json`, {
    schemaVersion: 2, mediaType: `${oci}.manifest.v1+json`, config, layers: [layer],
  });
}

/** Makes the archive of both images in a directory. @returns its path */
export function makeImageArchive(directory: string): string {
  const layout = join(directory, 'layout');
  const archive = join(directory, 'images.tar');
  mkdirSync(join(layout, 'blobs/sha256'), { recursive: true });
  const layer = addBlob(layout, `${oci}.layer.v1.tar`, readFileSync(makeImageTar(directory)));
  const named = (name: string, command: readonly string[]): unknown => ({
    ...addImage(layout, layer, command), annotations: { 'io.containerd.image.name': name },
  });
  const manifests = [named(busyboxImage, ['sh']), named(pauseImage, ['sleep', '2000000'])];
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
  writeFileSync(join(layout, 'oci-layout'), JSON.stringify({ imageLayoutVersion: '1.0.0' }));
  execFileSync('tar', ['-C', layout, '-cf', archive, '.']);
  rmSync(layout, { recursive: true });
  return archive;
}
