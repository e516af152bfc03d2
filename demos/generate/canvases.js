/**
 * The canvases that whichever kind is looked at draws on.
 */
import { Tiles } from './tiles.js';

/** How many samples are made, and in how many columns they are readable. */
export const SAMPLES = 32;
export const sampleColumns = () => (matchMedia('(max-width: 560px)').matches ? 8 : 16);

/** What is made from codes or noise that never change. */
export const samples = new Tiles('samples');
/** The way from one row to another. */
export const strip = new Tiles('strip');
/** What a model makes of a drawing. */
export const answer = new Tiles('answer');
