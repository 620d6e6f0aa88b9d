// Cells of NAS-Bench-101 to start from, by name: inner operations, edges, a sentence and a question.

export const EXAMPLES = {
  "the puzzle, one": [["conv3x3", "maxpool", "maxpool"], "0-1,0-2,0-4,1-2,1-3,2-3,3-4",
    "Row 40965, one of the two cells of the opening puzzle. Below, beside its skeleton, stands the other cell that shares it. Take that one: does the point move?"],
  "the puzzle, two": [["maxpool", "conv3x3", "maxpool"], "0-1,0-2,0-4,1-2,1-3,2-3,3-4",
    "Row 182952, the other cell of the puzzle. Without arrows it is the first one. Which of the models puts both at one point?"],
  "nine edges": [["conv3x3", "maxpool", "conv3x3", "conv3x3", "conv1x1"], "0-1,0-4,0-5,1-2,2-3,2-6,3-5,4-5,5-6",
    "Row 0, seven vertices and as many edges as a cell may have. Add one more: which rule is broken, and what does the model make of it?"],
  "a chain": [["conv3x3", "conv3x3", "conv3x3", "conv3x3", "conv3x3"], "0-1,1-2,2-3,3-4,4-5,5-6",
    "Seven vertices in a row. Its skeleton fixes it: no other cell has it. How far can the point be dragged before another cell is decoded?"],
  "the smallest": [[], "0-1",
    "Row 6992, two vertices and one edge. Is it a lone point, far from all others? Ask both models."],
  "a stray vertex": [["conv3x3", "conv3x3", "conv1x1", "maxpool", "conv3x3"], "0-1,1-2,1-3,2-4,4-5,5-6",
    "Not a cell: vertex 3 leads nowhere. The published rule prunes it, the strict one does not. What does the decoder make of it?"],
};
