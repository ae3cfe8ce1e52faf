/** An answer that is not HTTP, or could be read in two ways. Its message is the rest of a sentence about the provider. */
export class ResponseFault extends Error {
  override readonly name = 'ResponseFault'
}
