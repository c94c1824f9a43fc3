// Compiles the contracts into their checked-in artifacts.
//
//   npm ci && node compile.mjs            writes the artifacts
//   npm ci && node compile.mjs --check    exits 1 when a checked-in artifact is not what its source compiles to
//
// The metadata hash is left out of the bytecode, so the same source and versions give the same bytes on every machine.

import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import solc from 'solc';

const DEPLOYED = 'chalicelib/chain/artifacts';
const CONTRACTS = [
  { source: 'SpacegardenCollection.sol', name: 'SpacegardenCollection', folder: DEPLOYED },
  { source: 'WalletSignatureCheck.sol', name: 'WalletSignatureCheck', folder: DEPLOYED },
  { source: 'tests/TestWallet.sol', name: 'TestWallet', folder: 'tests/chain/artifacts' },
  { source: 'tests/TestWallet.sol', name: 'TestWalletFactory', folder: 'tests/chain/artifacts' },
];
const EVM_VERSION = 'cancun';
const OPTIMIZER = { enabled: true, runs: 200 };

const here = dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);

function compile({ source: path, name }) {
  const source = readFileSync(join(here, path), 'utf8');
  const input = {
    language: 'Solidity',
    sources: { [path]: { content: source } },
    settings: {
      evmVersion: EVM_VERSION,
      optimizer: OPTIMIZER,
      metadata: { bytecodeHash: 'none', appendCBOR: false },
      outputSelection: { '*': { [name]: ['abi', 'evm.bytecode.object'] } },
    },
  };
  const readImport = (imported) => ({ contents: readFileSync(require.resolve(imported), 'utf8') });
  const output = JSON.parse(solc.compile(JSON.stringify(input), { import: readImport }));
  if (output.errors?.length) {
    throw new Error(output.errors.map((error) => error.formattedMessage).join('\n'));
  }
  const { abi, evm } = output.contracts[path][name];
  return {
    contractName: name,
    license: 'MIT',
    sourceSha256: createHash('sha256').update(source).digest('hex'),
    compiler: { name: 'solc', version: solc.version().replace(/\.Emscripten.*$/, ''), evmVersion: EVM_VERSION, optimizer: OPTIMIZER },
    openzeppelin: require('@openzeppelin/contracts/package.json').version,
    abi,
    bytecode: `0x${evm.bytecode.object}`,
  };
}

for (const contract of CONTRACTS) {
  const file = `${contract.name}.json`;
  const path = join(here, '..', contract.folder, file);
  const artifact = `${JSON.stringify(compile(contract), null, 1)}\n`;
  if (!process.argv.includes('--check')) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, artifact);
    console.log(`wrote ${file}`);
  } else if (readFileSync(path, 'utf8') === artifact) {
    console.log(`${file} matches its source`);
  } else {
    console.error(`${file} is not what its source compiles to: run node compile.mjs`);
    process.exitCode = 1;
  }
}
