import { Component, type ReactNode } from 'react'
import { Fault as FaultError } from '../fault.ts'
import { Fault } from '../parts/states.tsx'

/** A fault of one page's own code takes down that page and no other. */
export class Guard extends Component<
  { readonly children: ReactNode },
  { readonly error: Error | null }
> {
  override state: { readonly error: Error | null } = { error: null }

  static getDerivedStateFromError(error: Error): { readonly error: Error } {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === null) return this.props.children
    const text = `This page could not be shown: ${error.message}. The others still can.`
    return <Fault fault={new FaultError(text)} again={() => this.setState({ error: null })} />
  }
}
