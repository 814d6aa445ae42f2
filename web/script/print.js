// A page that was asked for to be printed opens the dialog for it.
if (new URLSearchParams(location.search).has("print")) window.print();
