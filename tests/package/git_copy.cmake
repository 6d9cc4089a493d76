# cmake -D git=... -D source=... -D repository=<folder> -P git_copy.cmake
# A git repository of the library as it is now, with branch main, for FetchContent to clone.

cmake_minimum_required(VERSION 3.25)

# A clone of an earlier copy has another history.
cmake_path(GET repository PARENT_PATH here)
file(REMOVE_RECURSE ${repository} ${here}/page/FetchContent/build/_deps)
file(MAKE_DIRECTORY ${repository})
file(COPY ${source}/CMakeLists.txt ${source}/LICENSE ${source}/cmake ${source}/include
          ${source}/packaging DESTINATION ${repository})
foreach(command IN ITEMS "init -q -b main" "add ." "commit -q -m copy")
  separate_arguments(command UNIX_COMMAND "${command}")
  execute_process(
    COMMAND ${git} -c user.name=test -c user.email=test@localhost -c commit.gpgsign=false ${command}
    WORKING_DIRECTORY ${repository}
    COMMAND_ERROR_IS_FATAL ANY)
endforeach()
