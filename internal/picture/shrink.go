package picture

import "image"

// halved is a photo of half the width and height, which goes several times quicker than resizing it and loses nothing
// that is seen, as long as it is still larger than what is wanted. nil: the picture is not stored so that it can be.
func halved(img image.Image) image.Image {
	y, ok := img.(*image.YCbCr)
	if !ok || y.SubsampleRatio != image.YCbCrSubsampleRatio420 && y.SubsampleRatio != image.YCbCrSubsampleRatio444 || y.Rect.Min != (image.Point{}) {
		return nil
	}
	w, h := y.Rect.Dx()/2, y.Rect.Dy()/2
	small := image.NewYCbCr(image.Rect(0, 0, w, h), image.YCbCrSubsampleRatio444)
	halve(small.Y, small.YStride, y.Y, y.YStride, w, h)
	if y.SubsampleRatio == image.YCbCrSubsampleRatio420 { // the colours are stored in half the size already
		small.Cb, small.Cr, small.CStride = y.Cb, y.Cr, y.CStride
		return small
	}
	halve(small.Cb, small.CStride, y.Cb, y.CStride, w, h)
	halve(small.Cr, small.CStride, y.Cr, y.CStride, w, h)
	return small
}

// halve averages each four points of a plane.
func halve(to []uint8, toStride int, from []uint8, fromStride, w, h int) {
	for y := range h {
		above, below := from[2*y*fromStride:][:2*w], from[(2*y+1)*fromStride:][:2*w]
		row := to[y*toStride:][:w]
		for x := range row {
			row[x] = uint8((int(above[2*x]) + int(above[2*x+1]) + int(below[2*x]) + int(below[2*x+1]) + 2) / 4)
		}
	}
}
