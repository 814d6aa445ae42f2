// What mammoth expects around it that goja does not have.
globalThis.window = globalThis.self = globalThis;
globalThis.TextDecoder = class {
  decode(bytes) {
    return word.text(bytes);
  }
};
