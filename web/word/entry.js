// What package word calls: one conversion of one document that Go has opened.
//   parts    has(name), bytes(name), text(bytes), tree(bytes as text)
//   picture  (type, alternative text, bytes) -> address
import mammoth from "mammoth";

// Styles that mammoth's own list leaves out. Comments go into the report and not into the text.
const styles = ["p[style-name='Title'] => h1:fresh", "p[style-name='Subtitle'] => p:fresh", "p[style-name='Quote'] => blockquote > p:fresh", "p[style-name='Intense Quote'] => blockquote > p:fresh"];

globalThis.convert = (parts, picture) =>
  mammoth.convertToHtml(
    { arrayBuffer: parts },
    {
      styleMap: styles,
      includeEmbeddedStyleMap: false, // a document does not decide what becomes of it
      convertImage: mammoth.images.imgElement((image) =>
        image.readAsArrayBuffer().then((bytes) => ({ src: picture(image.contentType, bytes) })),
      ),
    },
  );
