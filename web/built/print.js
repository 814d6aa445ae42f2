new URLSearchParams(location.search).has("print")&&window.print();
