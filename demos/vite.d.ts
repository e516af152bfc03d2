/** What Vite makes of imports that end so. */
declare module '*?worker&inline' {
  const InlineWorker: new () => Worker;
  export default InlineWorker;
}
declare module '*?inline' {
  /** A data: address. */
  const address: string;
  export default address;
}
declare module '*?url&inline' {
  /** A data: address. */
  const address: string;
  export default address;
}
