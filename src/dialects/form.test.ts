import fc from 'fast-check'
import { expect, test } from 'bun:test'
import { writeForm } from './form.ts'

const anyFile = fc.record({
  field: fc.constantFrom('file', 'mask'),
  name: fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll(/[\p{Cc}%\\]/gu, '_')),
  mediaType: fc.constant('audio/ogg; codecs=opus'),
  bytes: fc.uint8Array({ maxLength: 200 }),
})

test('a form that was written is read by others as it was', async () => {
  const fields = fc.dictionary(
    fc.string({ minLength: 1 }).map((name) => `f${name.replaceAll(/[\p{Cc}%\\]|\[\]$/gu, '_')}`),
    fc.oneof(fc.string({ unit: 'grapheme' }), fc.array(fc.string({ unit: 'grapheme' }))),
  )
  await fc.assert(
    fc.asyncProperty(fields, fc.array(anyFile, { maxLength: 3 }), async (texts, files) => {
      const { mediaType, bytes } = writeForm(texts, files)
      const body = new Response(bytes.slice(), { headers: { 'content-type': mediaType } })
      const form = await body.formData()
      for (const [name, value] of Object.entries(texts)) {
        if (Array.isArray(value)) expect(form.getAll(escaped(`${name}[]`))).toEqual(value)
        else expect(form.get(escaped(name))).toBe(value)
      }
      const sent = form.getAll('file').filter((value) => typeof value !== 'string')
      const expected = files.filter(({ field }) => field === 'file')
      expect(sent.map(({ name }) => name)).toEqual(
        expected.map(({ name }) => escaped(name === '' ? 'file' : name)),
      )
      for (const [index, file] of sent.entries()) {
        expect(await file.bytes()).toEqual(expected[index]!.bytes)
      }
    }),
  )
})

test('names and media types that could end their line do not', () => {
  const { bytes } = writeForm({ 'a"\r\nx: y': '1' }, [
    { field: 'file', name: '"\r\n.wav', mediaType: 'audio/wav\r\nx: y', bytes: new Uint8Array() },
  ])
  const text = Buffer.from(bytes).toString()
  expect(text).toContain('name="a%22%0D%0Ax: y"\r\n\r\n1\r\n')
  expect(text).toContain('filename="%22%0D%0A.wav"\r\ncontent-type: application/octet-stream\r\n')
})

test('nothing that is said stands for what is left out', () => {
  const { bytes } = writeForm({ a: null, b: undefined, c: 0, d: false, e: { f: 1 } }, [])
  const names = [
    ...Buffer.from(bytes)
      .toString()
      .matchAll(/name="(.)"\r\n\r\n(.*)\r\n/g),
  ]
  expect(names.map(([, name, value]) => `${name}=${value}`)).toEqual([
    'c=0',
    'd=false',
    'e={"f":1}',
  ])
})

/** The runtime's reader leaves names as they are written. */
function escaped(name: string): string {
  return name.replaceAll('"', '%22')
}
