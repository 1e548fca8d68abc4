// TEMPORARY
export function accepts(header: string | null, coding: string): boolean {
  return header !== null && header.includes(coding);
}
