'use strict';

// Functions of the program that the addon calls. The collector cannot look through the addon: a function that refers to its own
// pool would keep that for ever, and itself with it. So the addon gets one that refers to the program's function weakly, and whoever
// needs it, a pool or a source, refers to it in JavaScript, where circles are collected.

/** For the addon: what `ask(give)` gives; `gone` once nobody refers to `give` any more. */
function weakly(give, gone, ask) {
  const weak = new WeakRef(give);
  return async () => {
    const alive = weak.deref();
    return alive === undefined ? gone : ask(alive);
  };
}

module.exports = { weakly };
