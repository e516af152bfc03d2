/**
 * ONNX files (https://onnx.ai): a network as a graph of operators with its weights, which other runtimes execute. The file is a
 * protocol buffer: a message is a list of fields, each a number and a value, and a value may be a message again.
 */
import { version } from '../version.js';

/**
 * @typedef {import('./layers.js').Layer} Layer
 * @typedef {import('./models.js').Weights} Weights
 *
 * What a field holds: an integer; a float, as an array of one; text; a message or other bytes.
 * @typedef {number | Float32Array | string | Uint8Array} Value
 */

/** Version 8 of the format and 17 of its operators came with ONNX 1.12, in 2022. */
const FORMAT = 8;
const OPERATORS = 17;

/** The numbers of the fields in onnx.proto. */
const FIELDS = {
  model: { format: 1, producer: 2, producerVersion: 3, graph: 7, operators: 8, metadata: 14 },
  operatorSet: { domain: 1, version: 2 },
  entry: { key: 1, value: 2 },
  graph: { nodes: 1, name: 2, tensors: 5, inputs: 11, outputs: 12 },
  node: { inputs: 1, outputs: 2, name: 3, operator: 4, attributes: 5 },
  attribute: { name: 1, float: 2, integer: 3, integers: 8, type: 20 },
  tensor: { dims: 1, type: 2, name: 8, bytes: 9 },
  port: { name: 1, type: 2 },
  type: { tensor: 1 },
  tensorType: { element: 1, shape: 2 },
  shape: { dims: 1 },
  dim: { size: 1, symbol: 2 },
};
const ELEMENT = { float: 1, int64: 7 };
const ATTRIBUTE = { float: 1, integer: 2, integers: 7 };

/* ---- Protocol buffers ---- */

/**
 * @template {keyof typeof FIELDS} K
 * @param {K} kind
 * @param {{ [F in keyof typeof FIELDS[K]]?: Value | readonly Value[] }} values a list is a field that is repeated
 */
function message(kind, values) {
  const numbers = /** @type {Record<string, number>} */ (FIELDS[kind]);
  return joined(Object.entries(values).flatMap(([name, value]) => [value].flat().flatMap((one) => field(numbers[name], one))));
}

/**
 * @param {number} number
 * @param {Value} value
 * @returns {Uint8Array[]}
 */
function field(number, value) {
  if (typeof value === 'number') return [varint(8 * number), varint(value)];
  if (value instanceof Float32Array) return [varint(8 * number + 5), bytesOf(value)];
  const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : value;
  return [varint(8 * number + 2), varint(bytes.length), bytes];
}

/** Seven bits a byte, the lowest first. @param {number} value an integer ≥ 0 */
function varint(value) {
  const bytes = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push(128 + (rest % 128));
  }
}

/** @param {readonly Uint8Array[]} parts */
function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Float32Array | BigInt64Array} values */
const bytesOf = ({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength);

/* ---- Graphs ---- */

class Graph {
  /** @type {Uint8Array[]} */
  #nodes = [];
  /** Weights and constants by name. @type {Map<string, Uint8Array>} */
  #tensors = new Map();

  /**
   * Adds an operator.
   *
   * @param {string} operator
   * @param {readonly string[]} inputs names of what it is applied to
   * @param {Record<string, number | readonly number[] | Float32Array>} [attributes] floats as arrays of one
   * @param {readonly string[]} [outputs] names of its results
   * @returns {string} the name of the first
   */
  add(operator, inputs, attributes = {}, outputs = [`${operator}_${this.#nodes.length}`]) {
    const encoded = Object.entries(attributes).map(([name, value]) => {
      const kind = typeof value === 'number' ? 'integer' : value instanceof Float32Array ? 'float' : 'integers';
      return message('attribute', { name, [kind]: value, type: ATTRIBUTE[kind] });
    });
    this.#nodes.push(message('node', { inputs, outputs, name: outputs[0], operator, attributes: encoded }));
    return outputs[0];
  }

  /**
   * @param {string} name
   * @param {Float32Array | BigInt64Array} data
   * @param {readonly number[]} dims
   */
  tensor(name, data, dims) {
    const type = data instanceof Float32Array ? ELEMENT.float : ELEMENT.int64;
    this.#tensors.set(name, message('tensor', { dims, type, name, bytes: bytesOf(data) }));
    return name;
  }

  /** @param {number} value */
  number(value) {
    return this.tensor(`number_${value}`, Float32Array.of(value), []);
  }

  /** @param {readonly number[]} values */
  integers(values) {
    return this.tensor(`integers_${values.join('_')}`, BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** @param {string} x @param {readonly number[]} shape of a row */
  reshape(x, shape) {
    return this.add('Reshape', [x, this.integers([-1, ...shape])]);
  }

  /**
   * @param {string} name
   * @param {readonly Uint8Array[]} inputs
   * @param {readonly Uint8Array[]} outputs
   */
  encode(name, inputs, outputs) {
    return message('graph', { nodes: this.#nodes, name, tensors: [...this.#tensors.values()], inputs, outputs });
  }
}

/** An input or output of the graph: any number of rows of so many floats. @param {string} name @param {number} width */
const port = (name, width) => {
  const shape = message('shape', { dims: [message('dim', { symbol: 'n' }), message('dim', { size: width })] });
  const tensor = message('tensorType', { element: ELEMENT.float, shape });
  return message('port', { name, type: message('type', { tensor }) });
};

/* ---- Layers ---- */

/**
 * Each kind of layer as operators, in the order of lakh_layer_kind.
 *
 * @type {((graph: Graph, x: string, layer: Layer, weight: (name: string) => string) => string)[]}
 */
const LAYERS = [
  (graph, x, _, weight) => graph.add('Gemm', [graph.add('Flatten', [x]), weight('weight'), weight('bias')], { transB: 1 }),
  (graph, x, { outChannels, outHeight, outWidth }) => graph.reshape(x, [outChannels, outHeight, outWidth]),
  (graph, x, layer, weight) => graph.add('Conv', [x, weight('weight'), weight('bias')], windowOf(layer)),
  (graph, x, layer, weight) => {
    const { inHeight, inWidth, outHeight, outWidth, kernel, stride, padding } = layer;
    // How much larger than the smallest image that the map can come from.
    const excess = (/** @type {number} */ from, /** @type {number} */ to) => to - (from - 1) * stride - kernel + 2 * padding;
    const outputPadding = [excess(inHeight, outHeight), excess(inWidth, outWidth)];
    const attributes = { ...windowOf(layer), output_padding: outputPadding };
    return graph.add('ConvTranspose', [x, weight('weight'), weight('bias')], attributes);
  },
  (graph, x, _, weight) =>
    graph.add('BatchNormalization', [x, ...['weight', 'bias', 'running_mean', 'running_var'].map(weight)], {
      epsilon: Float32Array.of(1e-5),
    }),
];

/** @param {Layer} layer */
const windowOf = ({ kernel, stride, padding }) => ({
  kernel_shape: [kernel, kernel],
  strides: [stride, stride],
  pads: [padding, padding, padding, padding],
});

/**
 * What follows a layer, in the order of lakh_activation.
 *
 * @satisfies {Record<string, (graph: Graph, x: string) => string>}
 */
const ACTIVATIONS = {
  linear: (/** @type {Graph} */ _, /** @type {string} */ x) => x,
  relu: (/** @type {Graph} */ graph, /** @type {string} */ x) => graph.add('Relu', [x]),
  leakyRelu: (/** @type {Graph} */ graph, /** @type {string} */ x) =>
    graph.add('LeakyRelu', [x], { alpha: Float32Array.of(0.2) }),
  elu: (/** @type {Graph} */ graph, /** @type {string} */ x) => graph.add('Elu', [x]),
  // x Φ(x) with Φ(x) = (1 + erf(x / √2)) / 2.
  gelu: (/** @type {Graph} */ graph, /** @type {string} */ x) => {
    const erf = graph.add('Erf', [graph.add('Mul', [x, graph.number(Math.SQRT1_2)])]);
    const share = graph.add('Mul', [graph.add('Add', [erf, graph.number(1)]), graph.number(0.5)]);
    return graph.add('Mul', [x, share]);
  },
  silu: (/** @type {Graph} */ graph, /** @type {string} */ x) => graph.add('Mul', [x, graph.add('Sigmoid', [x])]),
  tanh: (/** @type {Graph} */ graph, /** @type {string} */ x) => graph.add('Tanh', [x]),
  sigmoid: (/** @type {Graph} */ graph, /** @type {string} */ x) => graph.add('Sigmoid', [x]),
};

/**
 * What goes into the first layer: rows, as an image where it wants one, and each row's label behind them.
 *
 * @param {Graph} graph
 * @param {string} x
 * @param {Layer} first
 * @param {number} nClasses
 */
function inputOf(graph, x, { inChannels, inHeight, inWidth }, nClasses) {
  const isImage = inHeight * inWidth > 1;
  const rows = isImage ? graph.reshape(x, [inChannels - nClasses, inHeight, inWidth]) : x;
  if (nClasses === 0) return rows;
  if (!isImage) return graph.add('Concat', [rows, 'labels'], { axis: 1 });
  const plane = graph.tensor('plane', new Float32Array(inHeight * inWidth).fill(1), [1, 1, inHeight, inWidth]);
  const planes = graph.add('Mul', [graph.reshape('labels', [nClasses, 1, 1]), plane]);
  return graph.add('Concat', [rows, planes], { axis: 1 });
}

/**
 * A part of a model as an ONNX file. Its inputs are rows, and for a conditional model `labels`, one row of 0 and 1 each.
 *
 * @param {object} network
 * @param {string} network.name of the graph: 'VAE decoder'
 * @param {readonly Layer[]} network.layers
 * @param {Weights} network.weights
 * @param {string} network.part 'decoder'
 * @param {string} network.input the name of the rows
 * @param {number} network.nClasses
 * @param {readonly string[]} network.outputs names; several share the last layer's units evenly
 * @param {keyof typeof ACTIVATIONS} network.last what follows the last layer beside its own activation
 * @param {Record<string, unknown>} network.metadata written as JSON
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function toOnnx({ name, layers, weights, part, input, nClasses, outputs, last, metadata }) {
  const graph = new Graph();
  const { inChannels, inHeight, inWidth } = layers[0];
  const width = (inChannels - nClasses) * inHeight * inWidth;
  let y = inputOf(graph, input, layers[0], nClasses);
  for (const layer of layers) {
    const weight = (/** @type {string} */ of) => {
      const full = `${part}.${layer.module}.${of}`;
      return graph.tensor(full, weights[full].data, weights[full].shape);
    };
    y = LAYERS[layer.kind](graph, y, layer, weight);
    y = Object.values(ACTIVATIONS)[layer.activation](graph, y);
  }
  y = ACTIVATIONS[last](graph, y);
  const { outChannels, outHeight, outWidth } = /** @type {Layer} */ (layers.at(-1));
  const share = (outChannels * outHeight * outWidth) / outputs.length;
  if (outputs.length > 1) graph.add('Split', [y, graph.integers(outputs.map(() => share))], { axis: 1 }, outputs);
  else graph.add('Flatten', [y], {}, outputs);
  const inputs = [port(input, width), ...(nClasses > 0 ? [port('labels', nClasses)] : [])];
  return message('model', {
    format: FORMAT,
    producer: 'lakh',
    producerVersion: version,
    graph: graph.encode(
      name,
      inputs,
      outputs.map((output) => port(output, share)),
    ),
    operators: message('operatorSet', { domain: '', version: OPERATORS }),
    metadata: Object.entries(metadata).map(([key, value]) => message('entry', { key, value: JSON.stringify(value) })),
  });
}
