// Answers calls of assets/words.mjs: [[function, arguments], ...] in, their results out.
const words = await import(process.argv[2]);
let text = "";
for await (const chunk of process.stdin) text += chunk;
console.log(JSON.stringify(JSON.parse(text).map(([name, args]) => words[name](...args))));
