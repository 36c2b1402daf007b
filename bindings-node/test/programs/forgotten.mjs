// Forgets one subscription and waits for another one that only the waiting loop refers to.
import { connect, subscribe } from '../../index.mjs'

const registry = new FinalizationRegistry(() => (forgotten = true))
let forgotten = false
let heard = null

registry.register(subscribe(), 'forgotten')
;(async () => {
  for await (const event of subscribe({ names: ['connection.failed'] })) {
    heard = event.name
    break
  }
})()

const end = performance.now() + 10_000
while (!forgotten && performance.now() < end) {
  globalThis.gc()
  await new Promise((resolve) => setTimeout(resolve, 5))
}
await connect('wss://127.0.0.1:1', { bearerToken: 'never-used' }).catch(() => {})
while (heard === null && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5))
console.log(JSON.stringify({ forgotten, heard }))
