export function Mark() {
  return (
    <svg className="mark" viewBox="0 0 32 32" aria-hidden="true">
      <rect width="32" height="32" rx="7" />
      <path d="M9 23V10l7-3.500 7 3.500v13M9 15.500h14M16 15.500V23" />
    </svg>
  )
}
