/**
 * The pixels of a video's frames. Where the browser converts a frame straight into memory, that takes a fifth of the way through a
 * canvas. Images are filled again and again: new ones of this size would cost as much as their filling.
 */

export class Frames {
  #canvas = document.createElement('canvas');
  #context = /** @type {CanvasRenderingContext2D} */ (this.#canvas.getContext('2d', { willReadFrequently: true }));
  #canConvert = 'VideoFrame' in globalThis;
  /** @type {ImageData[]} */
  #spare = [];

  /**
   * The frame that is shown now.
   *
   * @param {HTMLVideoElement} video
   * @returns {Promise<ImageData>} to be given back
   */
  async read(video) {
    return (this.#canConvert && (await this.#convert(video))) || this.#draw(video);
  }

  /**
   * Takes back an image that nobody looks at any more.
   *
   * @param {ImageData | undefined} image
   */
  giveBack(image) {
    if (image !== undefined) this.#spare.push(image);
  }

  /** Forgets the images that were given back. */
  clear() {
    this.#spare = [];
  }

  /**
   * @param {HTMLVideoElement} video
   * @returns {Promise<ImageData | undefined>} undefined where that cannot be done, as for frames that are shown turned
   */
  async #convert(video) {
    const { videoWidth: width, videoHeight: height } = video;
    const frame = new VideoFrame(video);
    const image = this.#take(width, height);
    try {
      const {
        visibleRect,
        rotation = 0,
        flip = false,
      } = /** @type {VideoFrame & { rotation?: number, flip?: boolean }} */ (frame);
      if (rotation || flip || visibleRect?.width !== width || visibleRect.height !== height) throw new RangeError('turned');
      await frame.copyTo(image.data, /** @type {VideoFrameCopyToOptions} */ ({ format: 'RGBA' }));
      return image;
    } catch {
      this.#canConvert = false;
      return undefined;
    } finally {
      frame.close();
    }
  }

  /** @param {HTMLVideoElement} video */
  #draw(video) {
    const { videoWidth: width, videoHeight: height } = video;
    if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
    this.#context.drawImage(video, 0, 0);
    return this.#context.getImageData(0, 0, width, height);
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  #take(width, height) {
    let image = this.#spare.pop();
    while (image !== undefined && (image.width !== width || image.height !== height)) image = this.#spare.pop();
    return image ?? new ImageData(width, height);
  }
}
