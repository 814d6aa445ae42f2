// Writing that is not saved is kept, here and on the server.
