// Types alone: `import "warifu/jsx"` tells TypeScript of <warifu-challenge> in React's JSX.
export {};
