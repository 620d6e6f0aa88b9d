// The graphs that the stepper offers: as text, with a sentence and a question for each.

/** What a reader sees first: two ways from 0 to 3, one of them longer; and what is said of it. */
export const WELCOME = "A directed graph; all its vertices are of one class. Press Step: every vertex looks at its neighbours, and vertices that see different things get different colours. The four small drawings are four ideas of who is a neighbour; choose one.";
export const START = "7;0-1,1-2,2-3,0-4,4-3,3-5,5-6;0,0,0,0,0,0,0;5,50,22,22,42,22,60,50,32,78,78,50,95,50";

export const PRESETS = {
  "path of five": ["5;0-1,1-0,1-2,2-1,2-3,3-2,3-4,4-3;0,0,0,0,0;8,50,29,50,50,50,71,50,92,50"],
  "hexagon, two triangles": [
    "6;0-1,1-0,1-2,2-1,2-3,3-2,3-4,4-3,4-5,5-4,5-0,0-5;0,0,0,0,0,0",
    "6;0-1,1-0,1-2,2-1,2-0,0-2,3-4,4-3,4-5,5-4,5-3,3-5;0,0,0,0,0,0;25,15,10,65,40,65,75,35,60,85,90,85",
  ],
  "chain of three": ["3;0-1,1-2;0,0,0"],
  "bridge, turned round": [
    "4;0-1,0-2,1-2,1-3,2-3;0,2,3,4;8,50,40,20,60,80,92,50",
    "4;0-1,0-2,2-1,1-3,2-3;0,2,3,4;8,50,40,20,60,80,92,50",
  ],
  "the opening puzzle": [
    "5;0-1,0-2,0-4,1-2,1-3,2-3,3-4;0,2,3,3,4;6,50,30,22,48,68,70,30,94,50",
    "5;0-1,0-2,0-4,1-2,1-3,2-3,3-4;0,3,2,3,4;6,50,30,22,48,68,70,30,94,50",
  ],
  "straight and crossed": [
    "8;0-1,0-2,1-3,2-4,3-5,4-6,5-7,6-7,1-5,2-6;0,0,0,0,0,0,0,0;5,50,28,15,28,85,50,30,50,70,72,15,72,85,95,50",
    "8;0-1,0-2,1-3,2-4,3-5,4-6,5-7,6-7,1-6,2-5;0,0,0,0,0,0,0,0;5,50,28,15,28,85,50,30,50,70,72,15,72,85,95,50",
  ],
};

export const ABOUT = {
  "path of five": "A path without directions: every edge runs both ways. How many rounds until the two halves know where the middle is?",
  "hexagon, two triangles": "One ring of six and two rings of three. Everybody has two neighbours: can colours ever tell the two graphs apart?",
  "chain of three": "Two arrows in a row. Which direction tells all three vertices apart first?",
  "bridge, turned round": "Two cells, one with its middle arrow turned round. Which of the four directions never notices?",
  "the opening puzzle": "The two cells of the first notebook: different accuracies, one vector for arch2vec. Where do they differ?",
  "straight and crossed": "Two graphs that fool all four directions. Play to the end, and see what every class sees.",
};
