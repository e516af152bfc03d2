/**
 * The classes of a picture as its user sees them: what k-means found, and on top of it names, colours, hidden classes and
 * merged ones, each of which can be taken back. Labels stay as they are; an edit only changes what a label stands for.
 */
import { fromHex, nameOf, toHex } from './colors.js';

/**
 * @typedef {typeof import('lakh').segmentImage} SegmentImage
 * @typedef {Awaited<ReturnType<SegmentImage>>['palette'][number]} PaletteEntry
 *
 * @typedef {object} Class
 * @property {number[]} labels of k-means, more than one when merged
 * @property {string} name
 * @property {string} color '#rrggbb', as shown
 * @property {string} mean the mean colour of its pixels
 * @property {number} count of pixels
 * @property {number} share of the visible pixels
 * @property {boolean} isHidden
 * @property {boolean} isNamed by the user
 * @property {boolean} isColored by the user
 */

/** What stands for pixels that were left out. */
export const LEFT_OUT = 255;

export class Classes {
  /** @type {Class[]} */
  list = [];
  /** @type {readonly PaletteEntry[]} */
  #palette;

  #order;

  /**
   * @param {readonly PaletteEntry[]} palette
   * @param {{ isSorted?: boolean }} [options] whether the largest come first, or all in the order of their labels
   */
  constructor(palette, { isSorted = true } = {}) {
    this.#palette = palette;
    this.#order = isSorted ? bySize : byLabel;
    this.restoreAll();
  }

  /** Whether anything differs from what k-means found. */
  get isEdited() {
    return this.list.some((one) => one.isHidden || one.isNamed || one.isColored || one.labels.length > 1);
  }

  /**
   * The same classes, counted again on the same picture in more detail: edits stay.
   *
   * @param {readonly PaletteEntry[]} palette whose labels mean the same
   */
  recount(palette) {
    this.#palette = palette;
    for (const one of this.list) {
      const { mean, count, share } = this.#make(one.labels);
      Object.assign(one, { mean, count, share });
      if (!one.isColored) one.color = mean;
    }
    const known = new Set(this.list.flatMap(({ labels }) => labels));
    this.#add(palette.flatMap(({ count }, label) => (count > 0 && !known.has(label) ? [this.#make([label])] : [])));
  }

  /** Takes all edits back. */
  restoreAll() {
    const used = this.#palette.flatMap(({ count }, label) => (count > 0 ? [this.#make([label])] : []));
    this.list = [];
    this.#add(used);
  }

  /** @param {Class} one @param {string} name */
  rename(one, name) {
    const given = name.trim();
    one.isNamed = given !== '';
    one.name = one.isNamed ? given : this.#unusedName(one, nameOf(fromHex(one.color)));
  }

  /** @param {Class} one @param {string} color */
  recolor(one, color) {
    one.color = color;
    one.isColored = color !== one.mean;
  }

  /** @param {Class} one @param {boolean} isHidden */
  hide(one, isHidden) {
    one.isHidden = isHidden;
  }

  /**
   * Makes one class of several, in the mean colour of all of their pixels; a name or colour that the user gave the largest stays.
   *
   * @param {readonly Class[]} several two or more
   * @returns {Class}
   */
  merge(several) {
    const largest = several.reduce((most, one) => (one.count > most.count ? one : most));
    const merged = this.#make(several.flatMap(({ labels }) => labels));
    const { name, color, isNamed, isColored } = largest;
    if (isNamed) Object.assign(merged, { name, isNamed });
    if (isColored) Object.assign(merged, { color, isColored });
    this.list = this.list.filter((one) => !several.includes(one));
    this.#add([merged]);
    return merged;
  }

  /**
   * Takes back what was done to one class; a merged one becomes the classes that it was made of.
   *
   * @param {Class} one
   * @returns {Class} the largest of them
   */
  restore(one) {
    const parts = one.labels.map((label) => this.#make([label]));
    this.list = this.list.filter((other) => other !== one);
    this.#add(parts);
    return parts.reduce((most, part) => (part.count > most.count ? part : most));
  }

  /**
   * What each label is painted with: one RGBA word a label, 0 (transparent) for hidden classes and left-out pixels.
   *
   * @param {Class} [highlighted] the only one in full colour
   */
  colorsByLabel(highlighted) {
    const colors = new Uint32Array(256);
    const bytes = new Uint8Array(colors.buffer);
    for (const one of this.list) {
      if (one.isHidden) continue;
      const alpha = highlighted === undefined || highlighted === one ? 255 : 48;
      for (const label of one.labels) bytes.set([...fromHex(one.color), alpha], 4 * label);
    }
    return colors;
  }

  /** The number of the class in the list for each label. */
  numbersByLabel() {
    const numbers = new Uint8Array(256).fill(LEFT_OUT);
    this.list.forEach(({ labels }, number) => {
      for (const label of labels) numbers[label] = number;
    });
    return numbers;
  }

  /**
   * @param {number[]} labels
   * @returns {Class}
   */
  #make(labels) {
    const parts = labels.map((label) => this.#palette[label]);
    const count = parts.reduce((sum, part) => sum + part.count, 0);
    const mean = toHex([0, 1, 2].map((i) => parts.reduce((sum, part) => sum + part.color[i] * part.count, 0) / count));
    return {
      labels,
      name: nameOf(fromHex(mean)),
      color: mean,
      mean,
      count,
      share: parts.reduce((sum, part) => sum + part.share, 0),
      isHidden: false,
      isNamed: false,
      isColored: false,
    };
  }

  /**
   * Adds classes under names that no other has, the larger ones first.
   *
   * @param {Class[]} several
   */
  #add(several) {
    for (const one of several.sort(this.#order)) {
      one.name = this.#unusedName(one, one.name);
      this.list.push(one);
    }
    if (several.length > 0) this.list.sort(this.#order);
  }

  /** @param {Class} one @param {string} wanted */
  #unusedName(one, wanted) {
    const taken = new Set(this.list.filter((other) => other !== one).map(({ name }) => name));
    for (let number = 1; ; number++) {
      const name = number === 1 ? wanted : `${wanted} ${number}`;
      if (!taken.has(name)) return name;
    }
  }
}

/** @param {Class} a @param {Class} b */
const byLabel = (a, b) => a.labels[0] - b.labels[0];

/** @param {Class} a @param {Class} b */
const bySize = (a, b) => b.count - a.count || a.labels[0] - b.labels[0];
