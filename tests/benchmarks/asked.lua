-- Asks the addresses of a file in turn, each with its ETag where the line has one: wrk -s asked.lua URL -- FILE
local asked, place = {}, 0

function init(arguments)
  for line in io.lines(arguments[1]) do
    local path, etag = line:match("^(%S+)\t?(.*)$")
    local headers = { ["Accept-Encoding"] = "gzip, deflate, br, zstd" } -- as browsers do
    if etag ~= "" then headers["If-None-Match"] = etag end
    asked[#asked + 1] = wrk.format("GET", path, headers)
  end
end

function request()
  place = place % #asked + 1
  return asked[place]
end
