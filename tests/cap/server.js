// SAP CAP with the rows of the file that ROWS names, over OData V4 and V2, on loopback.
// POST /__control/fault {"mode": …} makes it misbehave.
const { readFileSync } = require('node:fs')
const { createServer } = require('node:http')
const cds = require('@sap/cds')
const cov2ap = require('@cap-js-community/odata-v2-adapter')
const express = require('express')

const port = Number(process.env.PORT)
const home = `http://127.0.0.1:${port}`
const broken = {
  error500: response => response.status(500).type('text').send('out of order'),
  html200: response => response.type('html').send('<html><body>maintenance</body></html>'),
  garbage: response => response.type('json').send(Buffer.from([0x1f, 0x8b, 0xff])),
  timeout: () => {},
  refuse: response => response.socket.destroy()
}
let mode = 'none'

const app = express()
app.listen = () => createServer(app).listen(port, '127.0.0.1')
app.post('/__control/fault', express.json({ type: () => true }), (request, response) => {
  mode = request.body.mode
  response.json({ mode })
})
app.use((request, response, next) => (mode in broken ? broken[mode](response) : next()))
// The adapter asks the V4 service of this same process.
const places = { path: 'odata/v2', targetPath: 'odata/v4', target: home, port }
cds.on('bootstrap', () => app.use(cov2ap({ ...places, continueOnError: true })))
cds.on('served', async () => {
  const rows = JSON.parse(readFileSync(process.env.ROWS, 'utf8'))
  for (const [name, entries] of Object.entries(rows)) await INSERT.into(`retailer.${name}`).entries(entries)
})

cds.server({ app, from: '*', service: 'all', in_memory: true, port }).then(server => {
  const told = async () => {
    await cds.emit('listening', { server, url: home })
    console.log(`listening on ${home}`)
  }
  server.listening ? told() : server.once('listening', told)
})
