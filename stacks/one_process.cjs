// Runs jsii's program in the process that Python starts, see crossings.py.
"use strict";
const fs = require("fs");
const os = require("os");
const path = require("path");
const { enableCompileCache } = require("module");

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

// The program links libraries into a folder with a new name each time; what node compiles is kept
// by path. So the folder gets the first of a few names that no other process has.
const { mkdtempSync } = fs;
const prefix = path.join(os.tmpdir(), "jsii-kernel-");
const folder = Array.from({ length: 16 }, (_, number) => `${prefix}${number}`).find((name) => {
  try {
    fs.mkdirSync(name, 0o700);
    return true;
  } catch {
    return false;
  }
});
if (folder) {
  enableCompileCache(process.env.JSII_COMPILED);
  fs.mkdtempSync = (wanted, options) => (wanted === prefix ? folder : mkdtempSync(wanted, options));
  process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
}
// Python ends this process, also when both are interrupted; else the folder would stay.
process.on("SIGINT", () => {});

// The program looks for this option among the arguments; NODE_OPTIONS has it.
process.execArgv.push("--preserve-symlinks");
require(process.env.JSII_PROGRAM);
