// The package string-width, for texts of letters that are as wide as one: all of nunc's help. Its own needs Intl.

export default function stringWidth(text: string): number {
  return text.length;
}
