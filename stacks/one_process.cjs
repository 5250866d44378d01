// Runs jsii's program in the process that Python starts, see crossings.py.
"use strict";
const fs = require("fs");

// The program reads and writes messages at descriptor 3, a pipe that jsii's own starter makes.
const { readSync, writeSync } = fs;
fs.readSync = (descriptor, ...rest) => readSync(descriptor === 3 ? 0 : descriptor, ...rest);
fs.writeSync = (descriptor, ...rest) => writeSync(descriptor === 3 ? 1 : descriptor, ...rest);

// A pipe takes only so much at once.
function writeAll(bytes) {
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(2, bytes, written);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}

// What is printed goes to Python in envelopes, through the error stream, as the starter sends it.
for (const name of ["stdout", "stderr"]) {
  process[name].write = (chunk, encoding, done) => {
    const text = Buffer.from(chunk, typeof encoding === "string" ? encoding : undefined);
    writeAll(Buffer.from(`${JSON.stringify({ [name]: text.toString("base64") })}\n`));
    const callback = typeof encoding === "function" ? encoding : done;
    if (callback) callback();
    return true;
  };
}

// The program links libraries into a folder with a new name each time; what is compiled is kept, in
// NODE_COMPILE_CACHE, by path. So the folder gets the first name that no other process has.
const { mkdirSync, mkdtempSync } = fs;
fs.mkdtempSync = (prefix, options) => {
  for (let number = 0; prefix.endsWith("jsii-kernel-") && number < 64; number++) {
    try {
      mkdirSync(`${prefix}${number}`, 0o700);
      return `${prefix}${number}`;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
    }
  }
  return mkdtempSync(prefix, options);
};

// The program looks for this option among the arguments; NODE_OPTIONS has it.
process.execArgv.push("--preserve-symlinks");
require(process.env.JSII_PROGRAM);
