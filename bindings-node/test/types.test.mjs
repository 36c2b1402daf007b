// index.d.ts and generated.d.ts say what the package has and takes. `tsc --strict` over test/types is a step of test.sh.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { test } from 'node:test'

import * as tdsec from '../index.mjs'
import { compare } from '../scripts/options-dts.mjs'
import { root } from './support.mjs'

const native = createRequire(import.meta.url)('../lib/native.js')

test('the options of the types are those of the registry', () => {
  const { now, wanted } = compare()
  assert.equal(now, wanted, 'run: node scripts/options-dts.mjs')
})

test('every name that is exported is declared, and the other way round', () => {
  const declared = readFileSync(new URL('../index.d.ts', import.meta.url), 'utf8')
  const names = [...declared.matchAll(/^export (?:function|class|const) (\w+)/gm)].map(([, name]) => name)
  assert.deepEqual([...new Set(names)].sort(), Object.keys(tdsec).sort())
})

test('the events are those of the list that all languages share', () => {
  assert.deepEqual(native.eventNames(), JSON.parse(readFileSync(new URL('tests/vectors/events.json', root))))
})

test('the codes are those of the list that all languages share', () => {
  const listed = JSON.parse(readFileSync(new URL('tests/vectors/error_codes.json', root)))
  const own = native.errorCodes().map(({ code, number, retry, remedy }) => ({ name: code, number, retry, remedy }))
  assert.deepEqual(own, listed.map(({ name, number, retry, remedy }) => ({ name, number, retry, remedy })))
})
