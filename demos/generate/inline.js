/**
 * Files that are part of the page: their bytes, from the data: addresses that they became.
 */

/** @param {string} address */
export const bytesOf = (address) =>
  Uint8Array.from(atob(address.slice(address.indexOf(',') + 1)), (character) => character.charCodeAt(0));

/**
 * @param {BlobPart} bytes
 * @param {CompressionFormat} format
 */
export async function decompress(bytes, format) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
