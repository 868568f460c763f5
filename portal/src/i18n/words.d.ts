/** The words of a language in the two files that `words.mjs` makes: `words:fr/first`, `words:fr/rest`. */
declare module "words:*" {
  const words: Record<string, string>;
  export default words;
}
