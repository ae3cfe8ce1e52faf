import { connect } from 'node:net'
import { workerData } from 'node:worker_threads'

// Asks a gateway at `workerData.url` whether it is alive, again and again on one connection, and posts
// the longest wait since the last message that came in.

const { hostname, port } = new URL((workerData as { url: string }).url)
const pauseMs = 2
let askedAt = 0
let longestMs = 0
let beats = 0

const socket = connect({ host: hostname, port: Number(port), noDelay: true })
const ask = (): void => {
  askedAt = performance.now()
  socket.write('GET /healthz HTTP/1.1\r\nhost: gw\r\n\r\n')
}
socket.on('connect', ask)
socket.on('data', () => {
  longestMs = Math.max(longestMs, performance.now() - askedAt)
  beats += 1
  setTimeout(ask, pauseMs)
})

addEventListener('message', () => {
  // A wait that still goes on counts as well.
  postMessage({ longestMs: Math.max(longestMs, performance.now() - askedAt), beats })
  longestMs = 0
  beats = 0
})
