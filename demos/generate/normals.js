/**
 * The same normal numbers each time, by the transform of Box and Muller (1958).
 *
 * @param {number} count
 */
export function normals(count) {
  let state = 1;
  const uniform = () => {
    // A linear congruential generator with Knuth's multiplier: codes to look at need no better one.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 1) / 4294967297;
  };
  return Float32Array.from({ length: count }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}
