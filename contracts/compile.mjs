// Compiles SpacegardenCollection.sol into the checked-in artifact.
//
//   npm ci && node compile.mjs            writes chalicelib/chain/artifacts/SpacegardenCollection.json
//   npm ci && node compile.mjs --check    exits 1 when the checked-in artifact is not what the source compiles to
//
// The metadata hash is left out of the bytecode, so the same source and versions give the same bytes on every machine.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import solc from 'solc';

const CONTRACT = 'SpacegardenCollection';
const EVM_VERSION = 'cancun';
const OPTIMIZER = { enabled: true, runs: 200 };

const here = dirname(fileURLToPath(import.meta.url));
const artifactPath = join(here, '..', 'chalicelib', 'chain', 'artifacts', `${CONTRACT}.json`);
const require = createRequire(import.meta.url);

function compile() {
  const source = readFileSync(join(here, `${CONTRACT}.sol`), 'utf8');
  const input = {
    language: 'Solidity',
    sources: { [`${CONTRACT}.sol`]: { content: source } },
    settings: {
      evmVersion: EVM_VERSION,
      optimizer: OPTIMIZER,
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { '*': { [CONTRACT]: ['abi', 'evm.bytecode.object'] } },
    },
  };
  const readImport = (path) => ({ contents: readFileSync(require.resolve(path), 'utf8') });
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
  if (output.errors?.length) {
    throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'));
  }
  const { abi, evm } = output.contracts[`${CONTRACT}.sol`][CONTRACT];
  return {
    contractName: CONTRACT,
    license: 'MIT',
    sourceSha256: createHash('sha256').update(source).digest('hex'),
    compiler: { name: 'solc', version: solc.version().replace(/\.Emscripten.*$/, ''), evmVersion: EVM_VERSION, optimizer: OPTIMIZER },
    openzeppelin: require('@openzeppelin/contracts/package.json').version,
    abi,
    bytecode: `0x${evm.bytecode.object}`,
  };
}

const artifact = `${JSON.stringify(compile(), null, 1)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(artifactPath, 'utf8') !== artifact) {
    console.error(`${CONTRACT}.json is not what the source compiles to: run node compile.mjs`);
    process.exit(1);
  }
  console.log(`${CONTRACT}.json matches its source`);
} else {
  mkdirSync(dirname(artifactPath), { recursive: true });
  writeFileSync(artifactPath, artifact);
  console.log(`wrote ${artifactPath}`);
}
