// Sort a table by the column whose head is clicked, and turn round on a second click.
for (const table of document.querySelectorAll("table.sortable")) {
  table.tHead.addEventListener("click", (event) => {
    const head = event.target.closest("th");
    const column = head.cellIndex, body = table.tBodies[0];
    const falling = head.dataset.order === "rising";
    for (const other of table.tHead.rows[0].cells) delete other.dataset.order;
    head.dataset.order = falling ? "falling" : "rising";
    const key = (row) => row.cells[column].textContent;
    const compare = (a, b) => key(a).localeCompare(key(b), undefined, { numeric: true });
    const rows = [...body.rows].sort((a, b) => (falling ? compare(b, a) : compare(a, b)));
    body.append(...rows);
  });
}
