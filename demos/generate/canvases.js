/**
 * The canvases that whichever kind is looked at draws on.
 */
import { Tiles } from './tiles.js';

/** What is made from codes or noise that never change. */
export const samples = new Tiles('samples');
/** The way from one row to another. */
export const strip = new Tiles('strip');
/** What a model makes of a drawing. */
export const answer = new Tiles('answer');
